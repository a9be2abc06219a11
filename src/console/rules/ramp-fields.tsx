import { Button } from "../parts/button.tsx";
import { edit, mistakes } from "./editing.ts";
import { mistakeAt } from "./mistakes.ts";
import type { RuleAt } from "./rule-edits.ts";
import type { StepForm } from "./rules-form.ts";
import { TextField } from "./text-field.tsx";

/** The steps in which a share rises by itself. */
export function RampFields({ ramp, at }: { readonly ramp: readonly StepForm[]; readonly at: RuleAt }) {
  return (
    <fieldset class="conditions">
      <legend>A share that rises by itself</legend>
      <ol class="ramp-steps">
        {ramp.map((step, i) => (
          <li key={step.path}>
            <Step step={step} at={at} place={i} isOnly={ramp.length === 1} />
          </li>
        ))}
      </ol>
      <div class="rule-actions">
        <Button onClick={() => edit("addStep", at, ramp.length - 1, between(ramp))}>Add a step</Button>
        <Button look="quiet" onClick={() => edit("endRamp", at, ramp[0]?.to ?? "0%")}>
          One share instead
        </Button>
      </div>
      <p class="hint">Times are such as 30s, 10m, 2h or 1d. A cut pauses it. Editing the steps keeps its place.</p>
    </fieldset>
  );
}

interface StepProps {
  readonly step: StepForm;
  readonly at: RuleAt;
  readonly place: number;
  readonly isOnly: boolean;
}

function Step({ step, at, place, isOnly }: StepProps) {
  const wrong = (key: string) => mistakeAt(mistakes.value, `${step.path}.${key}`);
  const set = (key: "to" | "for" | "until", value: string) => edit("setStep", at, place, key, value);
  return (
    <fieldset class="ramp-step" aria-label={`Step ${place + 1}`}>
      <TextField label="To" value={step.to} mistake={wrong("to")} onChange={(to) => set("to", withSign(to))} />
      <TextField label="For at least" value={step.for} mistake={wrong("for")} onChange={(time) => set("for", time)} />
      <label class="field">
        <span class="field-label">And until</span>
        <select value={step.until} onChange={(event) => set("until", event.currentTarget.value)}>
          <option value="">nothing else</option>
          <option value="good">the guard says good</option>
          <option value="approved">somebody approves</option>
        </select>
      </label>
      <button
        type="button"
        class="link"
        disabled={isOnly}
        aria-label={`Remove step ${place + 1}`}
        onClick={() => edit("removeStep", at, place)}
      >
        Remove
      </button>
    </fieldset>
  );
}

/** Who writes 5 means 5 %. */
function withSign(share: string): string {
  return /^\d+(\.\d+)?$/.test(share) ? `${share}%` : share;
}

/** Half way between the last two steps. */
function between(ramp: readonly StepForm[]): string {
  const [before, last] = [ramp.at(-2)?.to, ramp.at(-1)?.to].map((to) => Number.parseFloat(to ?? "0%") || 0);
  return `${Math.round(((before ?? 0) + (last ?? 100)) / 2)}%`;
}
