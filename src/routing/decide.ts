import { bucketOf } from "./bucket.ts";
import { type Cuts, isHit } from "./cuts.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { holdAll } from "./matcher.ts";
import { mayChoose } from "./override.ts";
import type { Rule, Source, Window } from "./rules.ts";
import type { CandidateDecision, CompiledRoute, CompiledRule } from "./table.ts";

/**
 * Which version answers a request of this route. `draw` gives a bucket (0–9999) for requests without a sticky key.
 * Whatever is missing, unknown or cut is stable.
 */
export function decide(route: CompiledRoute, facts: Facts, cuts: Cuts, draw: () => number): Decision {
  if (route.override !== undefined) {
    const asked = facts.canary;
    if ((asked === "never" || asked === "always") && mayChoose(route.override, facts)) {
      if (asked === "never") return route.never;
      if (route.always !== undefined) return forced(route, route.always, facts, cuts);
    }
  }
  const rule = ruleFor(route, facts);
  if (rule === "stateful") return route.stateful;
  return rule === undefined ? route.noRule : share(route, rule, facts, cuts, draw);
}

/** The first rule that holds; `stateful`: none does but for requests that build on nothing. */
export function ruleFor(route: CompiledRoute, facts: Facts): CompiledRule | "stateful" | undefined {
  let stateful = false;
  for (const rule of route.rules) {
    if (!isNow(rule.rule.between, facts) || !holdAll(rule.conditions, facts)) continue;
    if (rule.namesStateful || !facts.stateful) return rule;
    stateful = true;
  }
  return stateful ? "stateful" : undefined;
}

/** Whether the request came within the time in which a rule holds. */
export function isNow(window: Window | undefined, facts: Facts): boolean {
  return window === undefined || (facts.now >= window.from && facts.now < window.until);
}

function share(route: CompiledRoute, rule: CompiledRule, facts: Facts, cuts: Cuts, draw: () => number): Decision {
  if (rule.slices.length === 0) return rule.rest;
  const key = stickyKey(route.route.stickyBy, facts);
  facts.bucket = key === undefined ? undefined : bucketOf(route.salt, key);
  return land(rule, facts.bucket ?? draw(), facts, cuts);
}

/** What a rule decides for a bucket. */
export function land(
  rule: Pick<CompiledRule, "slices" | "rest">,
  bucket: number,
  facts: Pick<Facts, "modality">,
  cuts: Cuts,
): Decision {
  for (const slice of rule.slices) {
    if (bucket >= slice.from && bucket < slice.to) return unlessCut(slice, slice.decision.rule, facts, cuts);
  }
  return rule.rest;
}

/** Who would have had the request if it were not cut. */
export function candidateInPlace(
  route: CompiledRoute,
  { rule }: Decision,
  bucket: number | undefined,
): CandidateDecision | undefined {
  if (rule === undefined) return route.always;
  const slices = route.rules.find((one) => one.rule === rule)?.slices ?? [];
  return slices.find(({ from, to }) => bucket !== undefined && bucket >= from && bucket < to);
}

/** `x-canary` loses to the cut of a rule's slice, too. */
export function forced(route: CompiledRoute, candidate: CandidateDecision, facts: Facts, cuts: Cuts): Decision {
  if (!cuts.has(candidate.cutKey)) return candidate.decision;
  const rule = ruleFor(route, facts);
  return unlessCut(candidate, typeof rule === "object" ? rule.rule : undefined, facts, cuts);
}

function unlessCut(
  candidate: CandidateDecision,
  rule: Rule | undefined,
  facts: Pick<Facts, "modality">,
  cuts: Cuts,
): Decision {
  const slices = cuts.size === 0 ? undefined : cuts.get(candidate.cutKey);
  return slices?.some((slice) => isHit(slice, rule?.name, facts)) ? candidate.whenCut : candidate.decision;
}

/** The first source that the request has. */
export function stickyKey(sources: readonly Source[], facts: Facts): string | undefined {
  for (const source of sources) {
    const value = facts.value(source);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
