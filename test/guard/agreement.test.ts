import { describe, expect, it } from "vitest";
import { Agreements } from "../../src/guard/agreement.ts";
import type { Route } from "../../src/routing/rules.ts";

function routeWith(least: number | undefined, more: Partial<Route> = {}): Route {
  return {
    name: "chat",
    match: [],
    stable: { version: "v1", endpoints: [] },
    candidates: [],
    sandbox: [{ version: "v9", endpoints: [] }],
    shadow: { version: "v9", points: 10_000, keepsCredentials: false, withClient: false },
    compare: { how: { as: "text", similarity: 0.8 }, least, keep: 0 },
    stickyBy: [],
    rules: [],
    modality: { from: "derived" },
    override: false,
    salt: "chat",
    ...more,
  };
}

/** Dice that always fall alike. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the guard, of how often a shadow agrees", () => {
  it("finds one bad that surely disagrees more often than is tolerated, once", () => {
    const agreements = new Agreements();
    const route = routeWith(0.98);
    const roll = dice(1);
    const found = Array.from({ length: 500 }, () => agreements.note(route, "v9", "text", roll() >= 0.2));
    const told = found.filter((one) => one !== undefined);
    expect(told).toEqual([
      {
        route: "chat",
        version: "v9",
        why: expect.stringMatching(/^\d+(\.\d)? % of \d+ answers agree .* 98 % are to\.$/),
      },
    ]);
    expect(found.findIndex((one) => one !== undefined)).toBeLessThan(120);
    expect(agreements.verdict(route, "v9")?.verdict).toBe("bad");
  });

  it("finds hardly one bad that is no worse, however often it looks", () => {
    let bad = 0;
    for (let seed = 0; seed < 300; seed++) {
      const agreements = new Agreements();
      const roll = dice(seed);
      for (let i = 0; i < 2_000; i++) if (agreements.note(routeWith(0.98), "v9", "text", roll() >= 0.02)) bad++;
    }
    expect(bad).toBeLessThanOrEqual(2);
  });

  it("says good when it surely agrees often enough, and before that that it does not know", () => {
    const agreements = new Agreements();
    const route = routeWith(0.9);
    expect(agreements.verdict(route, "v9")).toMatchObject({ verdict: "not enough data", pairs: 0 });
    for (let i = 0; i < 200; i++) agreements.note(route, "v9", "text", true);
    expect(agreements.verdict(route, "v9")).toMatchObject({ verdict: "good", pairs: 200, agreed: 200 });
  });

  it("tells of one modality alone where all else agrees", () => {
    const agreements = new Agreements();
    const route = routeWith(0.95);
    const told = Array.from({ length: 200 }, (_, i) => {
      const modality = i % 4 === 0 ? "image" : "text";
      return agreements.note(route, "v9", modality, modality === "text");
    }).filter((one) => one !== undefined);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ modality: "image", why: expect.stringContaining("of image") });
  });

  it("looks at nothing where nobody says how often it has to agree", () => {
    const agreements = new Agreements();
    const route = routeWith(undefined);
    for (let i = 0; i < 100; i++) expect(agreements.note(route, "v9", "text", false)).toBeUndefined();
    expect(agreements.verdict(route, "v9")).toBeUndefined();
  });

  it("begins anew when it is told to forget", () => {
    const agreements = new Agreements();
    const route = routeWith(0.9);
    const told = () => Array.from({ length: 100 }, () => agreements.note(route, "v9", "text", false)).filter(Boolean);
    expect(told()).toHaveLength(1);
    agreements.forget("chat", "v9");
    expect(agreements.verdict(route, "v9")?.pairs).toBe(0);
    expect(told()).toHaveLength(1);
  });

  it("says nothing of what is no shadow and was never compared", () => {
    expect(new Agreements().verdict(routeWith(0.9), "v1")).toBeUndefined();
  });
});
