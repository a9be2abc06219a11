import { differences } from "./differences.ts";
import type { ReadRules } from "./read-rules.ts";

/** The changes from one text to another, in words; none where one of them is no rules. */
export function wordsBetween(before: ReadRules, after: ReadRules): readonly string[] {
  if (before.kind === "refused" || after.kind === "refused") return [];
  return differences(before.rules, after.rules);
}
