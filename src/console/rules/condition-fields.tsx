import { useSignal } from "@preact/signals";
import { edit, mistakes } from "./editing.ts";
import { FACTS, factWords } from "./facts.ts";
import { mistakeAt } from "./mistakes.ts";
import type { RuleAt } from "./rule-edits.ts";
import type { ConditionForm, RuleForm } from "./rules-form.ts";
import { TextField } from "./text-field.tsx";
import { ValuesField } from "./values-field.tsx";

/** Whose requests a rule is for: all of the conditions must hold. */
export function ConditionFields({ rule, at }: { readonly rule: RuleForm; readonly at: RuleAt }) {
  /** Chosen, but without a value yet: it is not written before it says something. */
  const begun = useSignal<Omit<ConditionForm, "path"> | undefined>(undefined);
  const set = (condition: Omit<ConditionForm, "path">): void => {
    void edit("setCondition", at, condition).then((done) => {
      if (done) begun.value = undefined;
    });
  };
  const used = new Set(rule.conditions.map(({ fact }) => fact));
  const blocked = rule.others.includes("when");
  return (
    <fieldset class="conditions">
      <legend>
        {rule.conditions.length === 0
          ? "For all requests that reach this rule"
          : "For requests of which all of this is true"}
      </legend>
      {rule.conditions.map((condition) => (
        <ConditionField
          key={condition.path}
          condition={condition}
          mistake={mistakeAt(mistakes.value, condition.path)}
          onChange={(values) => set({ ...condition, values })}
        />
      ))}
      {begun.value !== undefined && (
        <BegunCondition begun={begun.value} onChange={set} onStop={() => (begun.value = undefined)} />
      )}
      {begun.value === undefined && !blocked && (
        <label class="add-condition">
          <span class="unseen">Add a condition</span>
          <select
            value=""
            onChange={(event) => {
              const fact = FACTS.find((one) => one.fact === event.currentTarget.value)?.fact;
              if (fact !== undefined) begun.value = { fact, header: "", values: [] };
              event.currentTarget.value = "";
            }}
          >
            <option value="">Add a condition …</option>
            {FACTS.filter(({ fact }) => fact === "header" || !used.has(fact)).map(({ fact, label }) => (
              <option key={fact} value={fact}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
    </fieldset>
  );
}

interface ConditionFieldProps {
  readonly condition: Omit<ConditionForm, "path">;
  readonly mistake?: string | undefined;
  readonly onChange: (values: readonly string[]) => void;
}

function ConditionField({ condition, mistake, onChange }: ConditionFieldProps) {
  const words = factWords(condition.fact);
  const label = condition.fact === "header" ? `Header ${condition.header}` : (words?.label ?? condition.fact);
  return (
    <ValuesField
      label={label}
      hint={words?.hint ?? ""}
      choices={words?.choices ?? []}
      values={condition.values}
      mistake={mistake}
      onChange={onChange}
    />
  );
}

interface BegunConditionProps {
  readonly begun: Omit<ConditionForm, "path">;
  readonly onChange: (condition: Omit<ConditionForm, "path">) => void;
  readonly onStop: () => void;
}

function BegunCondition({ begun, onChange, onStop }: BegunConditionProps) {
  const header = useSignal("");
  if (begun.fact === "header" && header.value === "") {
    return (
      <TextField
        label="Name of the header"
        value=""
        placeholder="x-region"
        onChange={(name) => (header.value = name)}
      />
    );
  }
  const condition = { ...begun, header: header.value };
  return (
    <ConditionField
      condition={condition}
      onChange={(values) => (values.length === 0 ? onStop() : onChange({ ...condition, values }))}
    />
  );
}
