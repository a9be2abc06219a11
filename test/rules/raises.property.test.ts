import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ruleFor } from "../../src/routing/decide.ts";
import { mayChoose } from "../../src/routing/override.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Route, Rules } from "../../src/routing/rules.ts";
import { type CompiledRoute, compile } from "../../src/routing/table.ts";
import { raisesAbove } from "../../src/rules/raises.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { generatedRequest, generatedRules } from "../kit/generated-rules.ts";

const LIMIT = 2_500;

type Change = (rules: Rules, other: Rules) => Rules;
const inRoutes =
  (change: (route: Route, other: Route) => Partial<Route>): Change =>
  (rules, other) => ({
    ...rules,
    routes: rules.routes.map((route, i) => {
      const from = other.routes[i] ?? other.routes[0];
      return from === undefined ? route : { ...route, ...change(route, from) };
    }),
  });
/** Rules of another document give only what this route has. */
const fitting = ({ candidates }: Route, { rules }: Route): Route["rules"] =>
  rules.map((rule) => ({
    ...rule,
    shares: rule.shares.filter(({ version }) => candidates.some((one) => one.version === version)),
  }));

/** Small edits, which leave most as it was, so that what they do is all that can give more. */
const change: fc.Arbitrary<Change> = fc.constantFrom<Change[]>(
  (_, other) => other,
  (rules) => ({ ...rules, routes: rules.routes.toReversed() }),
  (rules) => ({ ...rules, routes: rules.routes.slice(1) }),
  (rules) => ({ ...rules, routes: rules.routes.slice(0, 1) }),
  inRoutes((route) => ({ rules: route.rules.toReversed() })),
  inRoutes((route) => ({ rules: route.rules.slice(1) })),
  inRoutes((route) => ({ rules: route.rules.slice(0, -1) })),
  inRoutes((route, other) => ({
    rules: [
      ...fitting(route, other)
        .slice(0, 1)
        .map((rule) => ({ ...rule, name: "new" })),
      ...route.rules,
    ],
  })),
  inRoutes((route, other) => ({
    rules: route.rules.map((rule, i) => ({ ...rule, when: other.rules[i]?.when ?? [] })),
  })),
  inRoutes((route, other) => ({
    rules: route.rules.map((rule, i) => ({ ...rule, between: other.rules[i]?.between })),
  })),
  inRoutes((route, other) => ({
    rules: route.rules.map((rule, i) => ({ ...rule, shares: fitting(route, other)[i]?.shares ?? rule.shares })),
  })),
  inRoutes((route) => ({
    rules: route.rules.map((rule) => ({
      ...rule,
      shares: rule.shares.map((one) => ({ ...one, points: Math.floor(one.points / 2) })),
    })),
  })),
  inRoutes((_, other) => ({ match: other.match })),
  inRoutes((route) => ({ match: route.match.slice(0, 1) })),
  inRoutes((_, other) => ({ override: other.override })),
);

interface Given {
  readonly route: CompiledRoute;
  readonly points: ReadonlyMap<string, number>;
  readonly choosing: boolean;
}

/** What each version may get of one request, under which route. */
function given(rules: Rules, request: Request): Given | undefined {
  const facts = factsOf(request);
  const route = findRoute(compile(rules, 1), facts);
  if (route === undefined) return undefined;
  const rule = ruleFor(route, facts);
  const shares = rule === undefined || rule === "stateful" ? [] : rule.rule.shares;
  const choosing = route.override !== undefined && mayChoose(route.override, facts);
  return { route, points: new Map(shares.map(({ version, points }) => [version, points])), choosing };
}

describe("whatever the edit and the request", () => {
  it("no candidate gets more than before and more than the limit, where nothing is said to raise", () => {
    let looked = 0;
    fc.assert(
      fc.property(
        generatedRules,
        generatedRules,
        change,
        fc.array(generatedRequest, { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        (before, other, edit, requests, trusted) => {
          const after = edit(before, other);
          if (raisesAbove(LIMIT, before, after).length > 0) return;
          for (const request of requests) {
            const now = given(after, { ...request, trusted });
            if (now === undefined) continue;
            const then = given(before, { ...request, trusted });
            const same = then !== undefined && then.route.route.name === now.route.route.name ? then : undefined;
            for (const [version, points] of now.points) {
              if (points > LIMIT) looked++;
              expect(points).toBeLessThanOrEqual(Math.max(LIMIT, same?.points.get(version) ?? 0));
            }
            if (now.choosing && now.route.always !== undefined && same !== undefined) expect(same.choosing).toBe(true);
          }
        },
      ),
      { numRuns: 3_000 },
    );
    expect(looked).toBeGreaterThan(100); // shares above the limit that stay are among them
  }, 60_000);
});
