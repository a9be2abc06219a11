import { Button } from "../parts/button.tsx";
import { ConditionFields } from "./condition-fields.tsx";
import { edit, mistakes, view } from "./editing.ts";
import { mistakeAt } from "./mistakes.ts";
import { RampFields } from "./ramp-fields.tsx";
import type { RuleAt } from "./rule-edits.ts";
import type { RuleForm } from "./rules-form.ts";
import { ShareField } from "./share-field.tsx";
import { TextField } from "./text-field.tsx";
import { WindowFields } from "./window-fields.tsx";
import "./rule-fields.css";

interface RuleFieldsProps {
  readonly rule: RuleForm;
  readonly at: RuleAt;
  readonly onClose: () => void;
  readonly onRemove: () => void;
}

/** All of a rule that can be changed without YAML; what cannot is shown as it is written. */
export function RuleFields({ rule, at, onClose, onRemove }: RuleFieldsProps) {
  const shares = rule.ramp === undefined ? rule.shares : [];
  const [only, second] = shares;
  return (
    <div class="rule-fields">
      {rule.ramp !== undefined && <RampFields ramp={rule.ramp} at={at} />}
      {shares.map(({ path, version, share }) => (
        <ShareField
          key={version}
          label={`Share of ${version || "the candidate"}`}
          share={share}
          mistake={mistakeAt(mistakes.value, path)}
          onChange={(written) => edit("setRuleShare", at, version, written)}
        />
      ))}
      {only !== undefined && second === undefined && (
        <div>
          <Button look="quiet" onClick={() => edit("beginRamp", at, only.share)}>
            Let it rise by itself …
          </Button>
        </div>
      )}
      <ConditionFields rule={rule} at={at} />
      <WindowFields rule={rule} at={at} />
      <TextField
        label="Name"
        hint="In headers and metrics: a new name begins new numbers."
        value={rule.name}
        mistake={mistakeAt(mistakes.value, `${rule.path}.name`)}
        onChange={(name) => edit("setName", at, name)}
      />
      {rule.others.length > 0 && (
        <div class="as-written">
          <p class="hint">
            {rule.others
              .map((key) => `\`${key}\``)
              .join(", ")
              .replaceAll("`", "")}{" "}
            can only be changed in the YAML, and stays as it is:
          </p>
          <pre>{view.value.text.slice(rule.start, rule.end).trimEnd()}</pre>
        </div>
      )}
      <div class="rule-actions">
        <Button look="quiet" onClick={onRemove}>
          Remove this rule
        </Button>
        <Button onClick={onClose}>Done</Button>
      </div>
    </div>
  );
}
