import type { Decision } from "./decision.ts";
import type { CandidateDecision, CompiledRoute } from "./table.ts";

/** Every decision that a route can come to. */
export function* decisionsOf({ noRule, stateful, never, always, rules }: CompiledRoute): Iterable<Decision> {
  yield* [noRule, stateful, never];
  if (always !== undefined) yield* ofCandidate(always);
  for (const { rest, slices } of rules) {
    yield rest;
    for (const slice of slices) yield* ofCandidate(slice);
  }
}

function* ofCandidate({ decision, whenCut }: CandidateDecision): Iterable<Decision> {
  yield* [decision, whenCut];
  if (decision.whenFailed !== undefined) yield decision.whenFailed;
}
