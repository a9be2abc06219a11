import type { EndpointLimits } from "../config/endpoint-limits.ts";
import type { VariableLimits } from "../config/variable-limits.ts";
import { forbiddenEndpoints } from "./endpoint-places.ts";
import { rootPlace } from "./place.ts";
import type { ReadRules } from "./read-rules.ts";
import { ruleErrors } from "./rule-error.ts";
import { forbiddenVariables } from "./variable-places.ts";
import { treeOf } from "./yaml-tree.ts";

/** What the settings let rules name. */
export interface RuleLimits extends EndpointLimits, VariableLimits {}

/** Refuses rules that name what the settings do not allow, each of it at its place. */
export function withinLimits(text: string, reading: ReadRules, limits: RuleLimits): ReadRules {
  if (reading.kind === "refused") return reading;
  const finders = [forbiddenEndpoints(reading.rules, limits), forbiddenVariables(reading.rules, limits)].filter(
    (finder) => finder !== undefined,
  );
  if (finders.length === 0) return reading;
  const { root } = treeOf(text);
  const mistakes = root === undefined ? [] : finders.flatMap((find) => find(rootPlace(root)));
  return { kind: "refused", errors: ruleErrors(mistakes, text) };
}
