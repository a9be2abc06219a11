import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutKey, isCut, NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";
import { generatedCuts, generatedRequest, generatedRules } from "../kit/generated-rules.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const bucket = fc.nat(9_999);

/** The same rules with every share at 0, by number or by not being there. */
function atZero(rules: Rules, listed: boolean): Rules {
  return {
    ...rules,
    routes: rules.routes.map((route) => ({
      ...route,
      override: false,
      rules: route.rules.map((rule) => ({
        ...rule,
        shares: listed ? rule.shares.map(({ version }) => ({ version, points: 0 })) : [],
      })),
    })),
  };
}

describe("whatever the rules and the request", () => {
  it("nobody goes to a candidate at 0 %", () => {
    fc.assert(
      fc.property(generatedRules, generatedRequest, fc.boolean(), bucket, (rules, request, listed, bucket) => {
        const facts = factsOf(request);
        const route = findRoute(compile(atZero(rules, listed), 1), facts);
        if (route !== undefined) expect(decide(route, facts, NO_CUTS, () => bucket).track).toBe("stable");
      }),
      { numRuns: 1_000 },
    );
  });

  it("there is one decision, and a candidate's needs a rule that gives it a share, or an override", () => {
    let candidates = 0;
    fc.assert(
      fc.property(generatedRules, generatedRequest, generatedCuts, bucket, (rules, request, cuts, bucket) => {
        const facts = factsOf(request);
        const found = findRoute(compile(rules, 1), facts);
        if (found === undefined) return;
        const decision = decide(found, facts, cuts, () => bucket);
        expect(decide(found, facts, cuts, () => bucket)).toBe(decision);
        const { route, rule, version, track, reason } = decision;
        expect(track === "stable" ? [route.stable] : route.candidates).toContain(version);
        if (track === "stable") return;
        candidates++;
        expect(isCut(cuts, cutKey(route.name, version.version))).toBe(false);
        for (const slice of cuts.get(cutKey(route.name, version.version)) ?? []) {
          const under = rules.routes.find(({ name }) => name === route.name)?.rules;
          if (slice.rule !== undefined && under?.every(({ name }) => name !== slice.rule)) continue;
          expect([slice.rule ?? rule?.name, slice.modality]).not.toEqual([rule?.name, facts.modality]);
        }
        if (reason === "override")
          expect([route.override === false, request.headers?.["x-canary"]]).toEqual([false, "always"]);
        else {
          expect(rule?.shares.find((share) => share.version === version.version)?.points).toBeGreaterThan(0);
          if (request.stateful) expect(rule?.when.some(({ fact }) => fact === "stateful")).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(candidates).toBeGreaterThan(50);
  });

  it("shares of 100,000 keys are what is written, within five standard deviations", () => {
    const versions = ["a", "b", "c"];
    const candidates = versions.map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }));
    const keys = Array.from({ length: 100_000 }, (_, i) => factsOf({ customer: `customer-${i}` }));
    const part = fc.oneof(fc.constantFrom(0, 1, 10, 100), fc.integer({ min: 0, max: 3_333 }));
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.stringMatching(/^[a-z]{1,8}$/), (points, salt) => {
        const shares = versions.map((version, i) => [version, points[i] ?? 0] as const);
        const [route] = compile(rulesWith(routeWith({ candidates, salt, rules: [everyone(...shares)] })), 1).routes;
        const counts = new Map<string, number>();
        for (const facts of keys) {
          const name = route === undefined ? "" : decide(route, facts, NO_CUTS, () => 0).version.version;
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        for (const [version, points] of shares) {
          const share = points / 10_000;
          const tolerance = 5 * Math.sqrt(keys.length * share * (1 - share));
          expect(Math.abs((counts.get(version) ?? 0) - keys.length * share)).toBeLessThanOrEqual(tolerance);
        }
      }),
      { numRuns: 8 },
    );
  });
});
