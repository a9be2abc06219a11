import type { EndpointLimits } from "../config/endpoint-limits.ts";
import { withAllowedEndpoints } from "../rules/endpoint-places.ts";
import { rememberingLast } from "../rules/last-read.ts";
import { readRulesApart } from "../rules/read-apart.ts";
import type { FailingTests, ReadRules } from "../rules/read-rules.ts";
import { withUnsetVariables } from "../rules/unset-variables.ts";

/** How a text of rules is read here: in a thread, once, and held against what this router may reach and has in its environment. */
export function readingHere(limits: EndpointLimits) {
  const readOnce = rememberingLast(readRulesApart);
  return async (text: string, failing?: FailingTests): Promise<ReadRules> => {
    const reading = withAllowedEndpoints(text, await readOnce(text, failing), limits);
    return withUnsetVariables(text, reading, (name) => (process.env[name] ?? "") !== "");
  };
}
