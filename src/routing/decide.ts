import { bucketOf } from "./bucket.ts";
import type { Cuts, Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { holdAll } from "./matcher.ts";
import type { Source, Window } from "./rules.ts";
import type { CandidateDecision, CompiledRoute, CompiledRule } from "./table.ts";

/**
 * Which version answers a request of this route. `draw` gives a bucket (0–9999) for requests without a sticky key.
 * Whatever is missing, unknown or cut is stable.
 */
export function decide(route: CompiledRoute, facts: Facts, cuts: Cuts, draw: () => number): Decision {
  if (route.override !== undefined) {
    const asked = facts.header("x-canary");
    if ((asked === "never" || asked === "always") && holdAll(route.override, facts)) {
      if (asked === "never") return route.never;
      if (route.always !== undefined) return unlessCut(route.always, cuts);
    }
  }
  let stateful = false;
  for (const rule of route.rules) {
    if (!isNow(rule.rule.between, facts) || !holdAll(rule.conditions, facts)) continue;
    if (rule.namesStateful || !facts.stateful) return share(route, rule, facts, cuts, draw);
    stateful = true;
  }
  return stateful ? route.stateful : route.noRule;
}

/** Whether the request came within the time in which a rule holds. */
export function isNow(window: Window | undefined, facts: Facts): boolean {
  return window === undefined || (facts.now >= window.from && facts.now < window.until);
}

function share(route: CompiledRoute, rule: CompiledRule, facts: Facts, cuts: Cuts, draw: () => number): Decision {
  if (rule.slices.length === 0) return rule.rest;
  const key = stickyKey(route.route.stickyBy, facts);
  return land(rule, key === undefined ? draw() : bucketOf(route.salt, key), cuts);
}

/** What a rule decides for a bucket. */
export function land(rule: Pick<CompiledRule, "slices" | "rest">, bucket: number, cuts: Cuts): Decision {
  for (const slice of rule.slices) {
    if (bucket >= slice.from && bucket < slice.to) return unlessCut(slice, cuts);
  }
  return rule.rest;
}

function unlessCut(candidate: CandidateDecision, cuts: Cuts): Decision {
  return cuts.size !== 0 && cuts.has(candidate.cutKey) ? candidate.whenCut : candidate.decision;
}

/** The first source that the request has. */
function stickyKey(sources: readonly Source[], facts: Facts): string | undefined {
  for (const source of sources) {
    const value = facts.value(source);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
