import { BUCKETS } from "../routing/bucket.ts";
import type { Condition, RampStep, Route, Rule, Rules } from "../routing/rules.ts";
import { shareText } from "./shares.ts";
import { allHold, takesAll, widenedMatches } from "./widened.ts";

/** Rules as far as it matters who gets what. Of ramps before an edit: with the shares that they give now. */
export type Given = Pick<Rules, "customers" | "routes">;

/**
 * What an edit gives to candidates beyond `limit` (0–10000 points) and beyond what they had, a sentence for each. A share may
 * rise, a rule may hold for more requests than before, a ramp may rise higher or faster, a candidate may become stable.
 * Empty: the edit lowers, or stays within the limit. What is in doubt is said.
 */
export function raisesAbove(limit: number, before: Given | undefined, after: Given): readonly string[] {
  if (limit >= BUCKETS) return [];
  const asked = before !== undefined && sameCustomers(before, after);
  const promoted = endpointsOfCandidates(before);
  const widened = widenedMatches(before?.routes ?? [], after.routes);
  const known = new Map(before?.routes.map((route) => [route.name, route]));
  return after.routes.flatMap((route) => {
    const old = known.get(route.name);
    const mayGetMore = () => !asked || old === undefined || widened(old, route);
    return [...promotions(old, route, promoted), ...ofRules(limit, old, route, mayGetMore)];
  });
}

/** Whether customers and their types are learned as before: conditions ask for them. */
function sameCustomers({ customers: before }: Given, { customers: after }: Given): boolean {
  const { types: _, ...old } = before;
  const { types: __, ...now } = after;
  return JSON.stringify(old) === JSON.stringify(now);
}

/** Where candidates answered, and no stable version. */
function endpointsOfCandidates(before: Given | undefined): ReadonlySet<string> {
  const routes = before?.routes ?? [];
  const found = new Set(routes.flatMap(({ candidates }) => candidates.flatMap(({ endpoints }) => endpoints)));
  for (const { stable } of routes) for (const endpoint of stable.endpoints) found.delete(endpoint);
  return found;
}

function promotions(old: Route | undefined, route: Route, promoted: ReadonlySet<string>): string[] {
  const { name, stable, candidates, override } = route;
  const found: string[] = [];
  const wasCandidate = old?.candidates.some(({ version }) => version === stable.version) === true;
  if (wasCandidate) found.push(`${name}: ${stable.version} becomes stable`);
  for (const endpoint of wasCandidate ? [] : stable.endpoints) {
    if (promoted.has(endpoint)) found.push(`${name}: ${endpoint}, where a candidate answers, becomes stable's`);
  }
  if (override !== false && candidates.length > 0 && !mayChooseAlready(old?.override, override)) {
    found.push(`${name}: x-canary: always reaches the candidate for more callers`);
  }
  return found;
}

/** Of callers outside the trusted networks those may choose who have proven to be a customer that is named. */
function mayChooseAlready(old: Route["override"] | undefined, override: readonly Condition[]): boolean {
  if (old === undefined || old === false || !allHold(old, override)) return false;
  const namesCustomers = (all: readonly Condition[]) =>
    all.some(({ fact }) => fact === "customer" || fact === "customerType");
  return namesCustomers(old) || !namesCustomers(override);
}

function ofRules(limit: number, old: Route | undefined, route: Route, mayGetMore: () => boolean): string[] {
  return route.rules.flatMap((rule, place) => {
    const oldPlace = old?.rules.findIndex(({ name }) => name === rule.name) ?? -1;
    const oldRule = old?.rules[oldPlace];
    const above = old?.rules.slice(0, oldPlace) ?? [];
    return route.candidates.flatMap(({ version }) => {
      const to = highest(rule, version);
      if (to <= limit) return [];
      const where = `${route.name} / ${rule.name}: ${version}`;
      const wasStable = old?.stable.version === version;
      const [now, from] = wasStable ? [BUCKETS, BUCKETS] : [shareNow(oldRule, version), highest(oldRule, version)];
      if (to > from) return [`${where} from ${shareText(from)} to ${shareText(to)}`];
      if (rule.ramp !== undefined && oldRule?.ramp !== undefined) {
        if (isFaster(oldRule.ramp, rule.ramp)) return [`${where} rises to ${shareText(to)} by another plan`];
      } else {
        const first = shareNow(rule, version);
        if (first > limit && first > now) return [`${where} from ${shareText(now)} to ${shareText(first)} at once`];
      }
      const wide =
        oldRule === undefined ||
        !takesAll(oldRule, rule) ||
        // What a rule above no longer takes may come to this one, unless the candidate had as much of it there.
        above.some((taker) => {
          const stays = route.rules.slice(0, place).some((one) => takesAll(one, taker));
          return !stays && shareNow(taker, version) < to;
        }) ||
        mayGetMore();
      return wide ? [`${where} has ${shareText(to)}, and the rule may hold for more requests than before`] : [];
    });
  });
}

/** Points; of a ramp in a document, its first share. */
function shareNow(rule: Rule | undefined, version: string): number {
  return rule?.shares.find((share) => share.version === version)?.points ?? 0;
}

/** A ramp rises to its last step by itself. */
function highest(rule: Rule | undefined, version: string): number {
  const now = rule?.shares.find((share) => share.version === version);
  return now === undefined ? 0 : Math.max(now.points, rule?.ramp?.at(-1)?.points ?? 0);
}

/** A plan that only ends earlier than the old one is none that rises faster. */
function isFaster(old: readonly RampStep[], ramp: readonly RampStep[]): boolean {
  const gates = (step: RampStep | undefined) => JSON.stringify([step?.for, step?.until]);
  return ramp.some((step, i) => {
    const isLast = i === ramp.length - 1;
    return old[i]?.points !== step.points || (!isLast && gates(old[i]) !== gates(step));
  });
}
