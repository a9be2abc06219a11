import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Said } from "../parts/said.tsx";

interface ValuesFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly values: readonly string[];
  readonly mistake?: string | undefined;
  /** None: the condition is to go. */
  readonly onChange: (values: readonly string[]) => void;
}

/** The values of a condition, of which one must fit. */
export function ValuesField({ label, hint, choices, values, mistake, onChange }: ValuesFieldProps) {
  const id = useId();
  const written = useSignal("");
  const add = (value: string): void => {
    written.value = "";
    const more = value
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "" && !values.includes(one));
    if (more.length > 0) onChange([...values, ...more]);
  };
  const open = choices.filter(({ value }) => !values.includes(value));
  const named = (value: string) => choices.find((one) => one.value === value)?.label ?? value;
  return (
    <div class="field values-field">
      <div class="values-head">
        <label for={id}>{label}</label>
        <button type="button" class="link" aria-label={`Remove the condition ${label}`} onClick={() => onChange([])}>
          Remove
        </button>
      </div>
      <div class="values" data-wrong={mistake !== undefined}>
        {values.map((value) => (
          <span key={value} class="value">
            {named(value)}
            <button
              type="button"
              aria-label={`Take ${named(value)} away from ${label}`}
              onClick={() => onChange(values.filter((one) => one !== value))}
            >
              ✕
            </button>
          </span>
        ))}
        {choices.length > 0 ? (
          open.length > 0 && (
            <select id={id} value="" onChange={(event) => add(event.currentTarget.value)}>
              <option value="">{values.length === 0 ? "choose …" : "or …"}</option>
              {open.map((one) => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </select>
          )
        ) : (
          <input
            id={id}
            type="text"
            value={written.value}
            placeholder={values.length === 0 ? "" : "or …"}
            aria-invalid={mistake !== undefined}
            aria-describedby={`${id}-hint`}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => (written.value = event.currentTarget.value)}
            onBlur={() => add(written.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === ",") {
                event.preventDefault();
                add(written.value);
              } else if (event.key === "Backspace" && written.value === "" && values.length > 0) {
                onChange(values.slice(0, -1));
              }
            }}
          />
        )}
      </div>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {mistake !== undefined && (
        <p class="mistake" role="alert">
          <Said text={mistake} />
        </p>
      )}
    </div>
  );
}
