import { type RampPositions, withRamps } from "./ramp.ts";
import type { Route, Rules } from "./rules.ts";
import { compileRoute, type Table } from "./table.ts";

/**
 * The table with its ramps at other positions, as if it were compiled anew. Only routes whose shares are others now are: the
 * rest are the very same objects, and so is the index, which knows nothing of shares.
 *
 * @param rules what the table was compiled from, but for the shares of ramps.
 */
export function atPositions(table: Table, rules: Rules, positions: RampPositions): Table {
  const now = withRamps(rules, positions);
  if (now === rules) return table; // there are no ramps
  const routes = now.routes.map((route, place) => {
    const before = table.routes[place];
    return before !== undefined && sameShares(route, before.route) ? before : compileRoute(route);
  });
  return routes.every((route, place) => route === table.routes[place]) ? table : { ...table, routes };
}

/** Of the same route at two positions of its ramps. */
function sameShares(one: Route, other: Route): boolean {
  if (one === other) return true;
  return one.rules.every(({ shares }, i) =>
    shares.every(({ version, points }, k) => {
      const share = other.rules[i]?.shares[k];
      return share?.version === version && share.points === points;
    }),
  );
}
