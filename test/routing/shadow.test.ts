import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutsOf, NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import type { Route, Shadow } from "../../src/routing/rules.ts";
import { isShadowCut, isShadowed } from "../../src/routing/shadow.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";

const SANDBOX = { version: "2026-12", endpoints: ["http://c:1"] };
const CANDIDATE = { version: "2026-11", endpoints: ["http://b:1"] };

function shadow(points: number, version = SANDBOX.version): Shadow {
  return { version, points, keepsCredentials: false, withClient: false };
}

function routeWith(parts: Partial<Route>) {
  const route: Route = {
    name: "chat",
    match: [{ path: undefined, conditions: [] }],
    stable: { version: "2026-10", endpoints: ["http://a:1"] },
    candidates: [CANDIDATE],
    sandbox: [SANDBOX],
    stickyBy: [{ from: "customer" }],
    rules: [],
    modality: { from: "derived" },
    override: false,
    salt: "chat",
    ...parts,
  };
  const customers = { id: [], type: [], defaultType: "standard", types: [], jwt: undefined };
  const [compiled] = compile({ customers, routes: [route], tests: [] }, 1).routes;
  if (compiled === undefined) throw new Error("there is one route");
  return compiled;
}

type Compiled = ReturnType<typeof routeWith>;

function shadowed(
  route: Compiled,
  customer: string | undefined,
  draw = () => 0,
  cuts = NO_CUTS,
  modality = "text",
): boolean {
  const facts = factsOf({ customer, modality });
  const decision = decide(route, facts, cuts, draw);
  const { shadow: plan, rule } = decision;
  return plan !== undefined && !isShadowCut(plan, rule, facts, cuts) && isShadowed(plan, decision, facts, draw);
}

const NOBODY = () => {
  throw new Error("nobody draws for a key");
};

describe("a shadow", () => {
  it("has the same requests of the same sticky key", () => {
    const route = routeWith({ shadow: shadow(5_000) });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => {
        const first = shadowed(route, key, NOBODY);
        for (let i = 0; i < 3; i++) expect(shadowed(route, key, NOBODY)).toBe(first);
      }),
    );
  });

  it("takes from nobody when its share widens", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(10_000), fc.nat(10_000), (key, a, b) => {
        const [narrow, wide] = [Math.min(a, b), Math.max(a, b)].map((points) => routeWith({ shadow: shadow(points) }));
        if (narrow !== undefined && wide !== undefined && shadowed(narrow, key)) expect(shadowed(wide, key)).toBe(true);
      }),
    );
  });

  it("is independent of who goes to the candidate", () => {
    const half = { name: "half", when: [], shares: [{ version: CANDIDATE.version, points: 5_000 }] };
    const route = routeWith({ rules: [half], shadow: shadow(5_000) });
    const counts: Record<string, number> = {};
    for (let i = 0; i < 4_000; i++) {
      const facts = factsOf({ customer: `customer ${i}` });
      const { track } = decide(route, facts, NO_CUTS, () => 0);
      const cell = `${track} ${shadowed(route, `customer ${i}`)}`;
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toHaveLength(4);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(850);
  });

  it("is drawn where there is no key", () => {
    const route = routeWith({ shadow: shadow(10) });
    expect([9, 10].map((bucket) => shadowed(route, undefined, () => bucket))).toEqual([true, false]);
  });

  it("gets nothing at zero, all at 100 %", () => {
    const [none, all] = [0, 10_000].map((points) => routeWith({ shadow: shadow(points) }));
    for (let i = 0; i < 500; i++) {
      expect(none && shadowed(none, `${i}`)).toBe(false);
      expect(all && shadowed(all, `${i}`)).toBe(true);
    }
  });

  it("is what the rule says, before what the route says", () => {
    const off = { name: "off", when: [], shares: [], shadow: shadow(0) };
    expect(shadowed(routeWith({ rules: [off], shadow: shadow(10_000) }), "a")).toBe(false);
    expect(shadowed(routeWith({ rules: [{ ...off, shadow: undefined }], shadow: shadow(10_000) }), "a")).toBe(true);
  });

  it("may be a candidate, which gets no copy of what it answers itself", () => {
    const share = (points: number) => [{ name: "r", when: [], shares: [{ version: CANDIDATE.version, points }] }];
    const of = shadow(10_000, CANDIDATE.version);
    expect(shadowed(routeWith({ rules: share(0), shadow: of }), "a")).toBe(true);
    expect(shadowed(routeWith({ rules: share(10_000), shadow: of }), "a")).toBe(false);
  });

  it("is stopped by a cut, of a slice for that slice", () => {
    const route = routeWith({ shadow: shadow(10_000) });
    const version = SANDBOX.version;
    const whole = cutsOf([{ route: "chat", version }]);
    const images = cutsOf([{ route: "chat", version, modality: "image" }]);
    expect(shadowed(route, "a", NOBODY, whole)).toBe(false);
    expect(shadowed(route, "a", NOBODY, images)).toBe(true);
    expect(shadowed(route, "a", NOBODY, images, "image")).toBe(false);
    expect(shadowed(route, "a", NOBODY, cutsOf([{ route: "chat", version: CANDIDATE.version }]))).toBe(true);
  });

  it("gets nothing that builds on what a version keeps", () => {
    const rule = { name: "r", when: [], shares: [] };
    const route = routeWith({ rules: [rule], shadow: shadow(10_000) });
    const facts = factsOf({ customer: "a", stateful: true });
    expect(decide(route, facts, NO_CUTS, () => 0).shadow).toBeUndefined();
  });
});
