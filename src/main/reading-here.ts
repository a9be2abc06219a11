import { rememberingLast } from "../rules/last-read.ts";
import { readRulesApart } from "../rules/read-apart.ts";
import type { FailingTests, ReadRules } from "../rules/read-rules.ts";
import { withUnsetVariables } from "../rules/unset-variables.ts";
import { type RuleLimits, withinLimits } from "../rules/within-limits.ts";

/**
 * How a text of rules is read here: in a thread, once, and held against what its settings let rules name and
 * its environment has.
 */
export function readingHere(limits: RuleLimits) {
  const readOnce = rememberingLast(readRulesApart);
  return async (text: string, failing?: FailingTests): Promise<ReadRules> => {
    const reading = withinLimits(text, await readOnce(text, failing), limits);
    return withUnsetVariables(text, reading, (name) => (process.env[name] ?? "") !== "");
  };
}
