import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./field.css";

/** What ties a control to its label, hint and mistake. */
export interface ControlIds {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** What is wrong with it, in a sentence. */
  readonly mistake?: string | undefined;
  /** The control: `{(ids) => <input {...ids} />}`. */
  readonly children: (ids: ControlIds) => ComponentChildren;
}

/** A control with a label above it, a hint below, and what is wrong with it. */
export function Field({ label, hint, mistake, children }: FieldProps) {
  const id = useId();
  const ids = [hint === undefined ? "" : `${id}-hint`, mistake === undefined ? "" : `${id}-mistake`].filter(Boolean);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": ids.join(" ") || undefined, "aria-invalid": mistake !== undefined })}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {mistake !== undefined && (
        <p class="mistake" id={`${id}-mistake`} role="alert">
          {mistake}
        </p>
      )}
    </div>
  );
}
