import { BUCKETS, bucketOf } from "./bucket.ts";
import { toBytes } from "./bytes.ts";
import { stickyKey } from "./decide.ts";
import type { Facts } from "./facts.ts";
import type { Route } from "./rules.ts";

/**
 * What is hashed before the sticky key where it is not about who answers: whoever is copied or kept does not depend on who goes to
 * a candidate. As bytes.
 */
export function saltAside(route: Pick<Route, "salt">, what: "shadow" | "capture"): string {
  return toBytes(`${route.salt} ${what}`);
}

/** Whether a share has a request in it: always that of the same sticky key; without one, `draw` says. */
export function isInShare(
  points: number,
  salt: string,
  route: Pick<Route, "stickyBy">,
  facts: Facts,
  draw: () => number,
): boolean {
  if (points === BUCKETS) return true;
  const key = stickyKey(route.stickyBy, facts);
  return (key === undefined ? draw() : bucketOf(salt, key)) < points;
}
