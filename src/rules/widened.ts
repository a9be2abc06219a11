import type { Condition, Match, Route, Rule } from "../routing/rules.ts";
import { covers, ofConditions, ofMatch, ofRule } from "./covers.ts";

/** Comparisons for one question: what takes more is told to be in doubt. */
const MOST_COMPARED = 100_000;

/** Whether one rule, by itself, holds for every request that the other holds for; false also where that is not easily proven. */
export function takesAll(wide: Pick<Rule, "when" | "between">, narrow: Pick<Rule, "when" | "between">): boolean {
  return covers(ofRule(wide), ofRule(narrow), { left: MOST_COMPARED });
}

/** Whether all requests that the narrow conditions hold for the wide ones hold for too; false also where that is not easily proven. */
export function allHold(wide: readonly Condition[], narrow: readonly Condition[]): boolean {
  return covers(ofConditions(wide), ofConditions(narrow), { left: MOST_COMPARED });
}

/** An entry of the document: whose it is, and where it stands, for the first that holds wins. */
interface Entry {
  readonly route: string;
  readonly match: Match;
}

/**
 * Tells of a route, before and after, whether requests may come to it that did not before: by its own entries, from routes
 * above it that take fewer, or to its rules by another way to know the modality.
 */
export function widenedMatches(
  before: readonly Route[],
  after: readonly Route[],
): (old: Route, route: Route) => boolean {
  const [then, now] = [entriesOf(before), entriesOf(after)];
  const same = JSON.stringify(then) === JSON.stringify(now);
  return (old, route) => {
    if (JSON.stringify(old.modality) !== JSON.stringify(route.modality)) return true;
    return !same && comesMore(then, now, route.name);
  };
}

function comesMore(then: readonly Entry[], now: readonly Entry[], route: string): boolean {
  const budget = { left: MOST_COMPARED };
  const takes = (wide: Match, narrow: Match) => covers(ofMatch(wide), ofMatch(narrow), budget);
  return now.some((entry, place) => {
    if (entry.route !== route) return false;
    const oldPlace = then.findIndex((one) => one.route === route && takes(one.match, entry.match));
    if (oldPlace < 0) return true;
    const takers = then.slice(0, oldPlace).filter((one) => one.route !== route && meet(one.match, entry.match));
    const above = now.slice(0, place).filter((one) => one.route !== route);
    return takers.some((taker) => !above.some((one) => takes(one.match, taker.match)));
  });
}

function entriesOf(routes: readonly Route[]): Entry[] {
  return routes.flatMap(({ name, match }) => match.map((entry) => ({ route: name, match: entry })));
}

/** Whether some path is of both. */
function meet({ path: one }: Match, { path: other }: Match): boolean {
  if (one === undefined || other === undefined) return true;
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(path: string, wide: string): boolean {
  return wide.endsWith("/*") ? path.startsWith(wide.slice(0, -1)) : path === wide;
}
