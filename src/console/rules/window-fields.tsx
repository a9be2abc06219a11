import { Button } from "../parts/button.tsx";
import { edit, mistakes } from "./editing.ts";
import { mistakeAt } from "./mistakes.ts";
import type { RuleAt } from "./rule-edits.ts";
import type { RuleForm } from "./rules-form.ts";
import { TextField } from "./text-field.tsx";

/** From when until when a rule holds. */
export function WindowFields({ rule, at }: { readonly rule: RuleForm; readonly at: RuleAt }) {
  const { window, path } = rule;
  if (window === undefined) {
    if (rule.others.includes("between")) return null;
    return (
      <div>
        <Button look="quiet" onClick={() => edit("setWindow", at, nextDay())}>
          Only for a time …
        </Button>
      </div>
    );
  }
  const [from, until] = window;
  const wrong = (i: number) => mistakeAt(mistakes.value, `${path}.between[${i}]`);
  return (
    <fieldset class="conditions">
      <legend>Only for a time</legend>
      <div class="window">
        <TextField
          label="From"
          value={from}
          mistake={wrong(0)}
          onChange={(value) => edit("setWindow", at, [value, until])}
        />
        <TextField
          label="Until"
          value={until}
          mistake={wrong(1)}
          onChange={(value) => edit("setWindow", at, [from, value])}
        />
        <button type="button" class="link" onClick={() => edit("setWindow", at, undefined)}>
          At any time
        </button>
      </div>
      <p class="hint">Z is UTC; +01:00 is Berlin in winter.</p>
    </fieldset>
  );
}

/** Tomorrow, to begin with. */
function nextDay(): readonly [string, string] {
  const day = (days: number) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T00:00Z`;
  return [day(1), day(2)];
}
