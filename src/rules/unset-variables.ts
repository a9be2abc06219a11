import { variable } from "./environment.ts";
import type { ReadRules } from "./read-rules.ts";
import { type Mistake, ruleErrors, shown } from "./rule-error.ts";
import { type VariableUse, variableUses } from "./variable-uses.ts";

/**
 * Adds a warning for each environment variable that the rules name and the router does not have: no mistake of the rules, as it
 * may be there on another replica or after the next start, but what needs it is left out until then.
 */
export function withUnsetVariables(text: string, reading: ReadRules, isSet: (name: string) => boolean): ReadRules {
  if (reading.kind === "refused") return reading;
  const unset = [...variableUses(reading.rules)].filter(({ name }) => !isSet(name));
  if (unset.length === 0) return reading;
  const warnings = ruleErrors(
    unset.map((use) => warningAbout(use, text)),
    text,
  );
  return { ...reading, warnings: [...reading.warnings, ...warnings] };
}

function warningAbout({ name, path, without }: VariableUse, text: string): Mistake {
  // Where it stands first, but for comments.
  const written = new RegExp(`^[^#\\n]*?(\\$\\{${name}\\})`, "dm").exec(text)?.indices?.[1]?.[0];
  const message = `The router has no environment variable ${shown(variable(name))}, so ${without}: set it and start the router anew.`;
  return { offset: written ?? 0, path, message };
}
