import type { Signal } from "@preact/signals";
import { Field } from "./field.tsx";

interface WhyFieldProps {
  readonly hint: string;
  readonly why: Signal<string>;
  /** Taken back once somebody writes. */
  readonly mistake: Signal<string | undefined>;
}

/** Why somebody does what takes a reason. */
export function WhyField({ hint, why, mistake }: WhyFieldProps) {
  return (
    <Field label="Why" hint={hint} mistake={mistake.value}>
      {(ids) => (
        <input
          {...ids}
          autofocus
          maxLength={500}
          value={why.value}
          onInput={(event) => {
            why.value = event.currentTarget.value;
            mistake.value = undefined;
          }}
        />
      )}
    </Field>
  );
}
