import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Field } from "../parts/field.tsx";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly mistake?: string | undefined;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

/** A line of text that is taken when it is left or Enter is pressed, so that half a word is no edit. */
export function TextField({ label, value, hint, mistake, placeholder, onChange }: TextFieldProps) {
  const written = useSignal(value);
  useEffect(() => {
    written.value = value;
  }, [value]);
  const take = (): void => {
    if (written.value.trim() !== value) onChange(written.value.trim());
  };
  return (
    <Field label={label} mistake={mistake} {...(hint === undefined ? {} : { hint })}>
      {(ids) => (
        <input
          {...ids}
          type="text"
          value={written.value}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => (written.value = event.currentTarget.value)}
          onBlur={take}
          onKeyDown={(event) => event.key === "Enter" && take()}
        />
      )}
    </Field>
  );
}
