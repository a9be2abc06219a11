import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atPositions } from "../../src/routing/at-positions.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import { type RampPosition, type RampPositions, rampKey, withRamps } from "../../src/routing/ramp.ts";
import type { RampStep, Rules } from "../../src/routing/rules.ts";
import { compile, type Table } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const STEPS: readonly RampStep[] = [
  { points: 0, for: 1 },
  { points: 500, for: 1 },
  { points: 5_000 },
  { points: 10_000 },
];
const ROUTES = 5;

/** Those with an even number have a ramp. */
const RULES: Rules = rulesWith(
  ...Array.from({ length: ROUTES }, (_, i) =>
    routeWith({
      name: `route-${i}`,
      match: [{ path: `/${i}/*`, conditions: [] }],
      rules: [i % 2 === 0 ? { ...everyone(["candidate", 0]), ramp: STEPS } : everyone(["candidate", 2_500])],
    }),
  ),
);

const position: fc.Arbitrary<RampPosition> = fc
  .record({ step: fc.nat(STEPS.length - 1), aborted: fc.boolean(), version: fc.constantFrom("candidate", "another") })
  .map(({ step, aborted, version }) => ({
    ...{ version, step, points: STEPS[step]?.points ?? 0, state: aborted ? "aborted" : "running", spent: 0, at: 0 },
  }));
const positions: fc.Arbitrary<RampPositions> = fc
  .array(fc.option(position, { nil: undefined }), { minLength: ROUTES, maxLength: ROUTES })
  .map(
    (all) => new Map(all.flatMap((one, i) => (one === undefined ? [] : [[rampKey(`route-${i}`, "everyone"), one]]))),
  );

/** What becomes of some customers on each route. */
function decisions(table: Table): string[] {
  return Array.from({ length: ROUTES * 40 }, (_, i) => {
    const facts = factsOf({ path: `/${i % ROUTES}/x`, customer: `customer ${i}` });
    const route = findRoute(table, facts);
    const decision = route && decide(route, facts, NO_CUTS, () => 0);
    const { name } = decision?.route ?? {};
    return [name, decision?.rule?.name, decision?.version.version, decision?.reason].join(" ");
  });
}

describe("a table at other positions of its ramps", () => {
  it("decides as if it were compiled anew, however often they change", () => {
    fc.assert(
      fc.property(fc.array(positions, { minLength: 1, maxLength: 4 }), (all) => {
        let table = compile(withRamps(RULES, new Map()), 7);
        for (const now of all) {
          table = atPositions(table, RULES, now);
          const anew = compile(withRamps(RULES, now), 7);
          expect(table).toEqual(anew);
          expect(decisions(table)).toEqual(decisions(anew));
        }
      }),
    );
  });

  it("has the very same objects of routes whose shares stay, and the same index", () => {
    const before = compile(withRamps(RULES, new Map()), 7);
    const step: RampPosition = { version: "candidate", step: 1, points: 500, state: "running", spent: 0, at: 0 };
    const after = atPositions(before, RULES, new Map([[rampKey("route-2", "everyone"), step]]));
    const same = after.routes.map((route, i) => route === before.routes[i]);
    expect(same).toEqual([true, true, false, true, true]);
    expect(after.index).toBe(before.index);
    expect(decisions(after)).not.toEqual(decisions(before));
    const paused: RampPosition = { ...step, state: "paused" };
    expect(atPositions(after, RULES, new Map([[rampKey("route-2", "everyone"), paused]]))).toBe(after);
  });

  it("is the same table without ramps", () => {
    const plain = rulesWith(routeWith({ rules: [everyone(["candidate", 500])] }));
    const table = compile(plain, 1);
    expect(atPositions(table, plain, new Map())).toBe(table);
  });
});
