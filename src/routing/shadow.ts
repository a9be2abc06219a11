import { isInShare, saltAside } from "./aside.ts";
import { type Cuts, cutKey, isHit } from "./cuts.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import type { Route, Rule, Shadow, Version } from "./rules.ts";

/** Why a request that a shadow was to get was not sent, or given up. Label values of `canary_router_shadow_dropped_total{reason}`. */
export const SHADOW_DROPS = [
  "too_large", // its body is over the limit for copies
  "no_memory", // what all copies may take is taken
  "queue_full",
  "queue_timeout",
  "left_out", // all endpoints of the version have failed again and again
  "load", // the router itself is behind with real requests
  "incomplete", // not all of the request came
  "client_left",
  "cut",
  "stopped", // the router stops
] as const;

export type ShadowDrop = (typeof SHADOW_DROPS)[number];

/** What gets copies of the requests that a decision is made for. */
export interface ShadowPlan {
  readonly shadow: Shadow;
  readonly version: Version;
  readonly cutKey: string;
  /** As `saltAside` says. */
  readonly salt: string;
}

/** What a rule says of shadows, or else its route. undefined: nothing is copied. */
export function shadowPlan(route: Route, rule: Rule | undefined): ShadowPlan | undefined {
  const shadow = rule?.shadow ?? route.shadow;
  if (shadow === undefined || shadow.points === 0) return undefined;
  const version = [...route.candidates, ...(route.sandbox ?? [])].find((one) => one.version === shadow.version);
  if (version === undefined) return undefined;
  return { shadow, version, cutKey: cutKey(route.name, version.version), salt: saltAside(route, "shadow") };
}

/** Whether the shadow's share has the request in it, whatever is cut. */
export function isShadowed(plan: ShadowPlan, decision: Decision, facts: Facts, draw: () => number): boolean {
  return isInShare(plan.shadow.points, plan.salt, decision.route, facts, draw);
}

/** Whether a cut has stopped the copies of such requests. Of a modality that is not known, any cut may be. */
export function isShadowCut(
  plan: Pick<ShadowPlan, "cutKey">,
  rule: Rule | undefined,
  facts: { readonly modality: string | undefined },
  cuts: Cuts,
): boolean {
  const slices = cuts.size === 0 ? undefined : cuts.get(plan.cutKey);
  return (
    slices?.some((slice) => isHit(slice, rule?.name, { modality: facts.modality ?? slice.modality ?? "" })) ?? false
  );
}
