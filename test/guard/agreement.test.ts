import { describe, expect, it } from "vitest";
import { Agreements } from "../../src/guard/agreement.ts";
import type { Bad } from "../../src/guard/guard.ts";
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

function judging() {
  const told: Bad[] = [];
  return { agreements: new Agreements((bad) => told.push(bad)), told };
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
    const { agreements, told } = judging();
    const route = routeWith(0.98);
    const roll = dice(1);
    const found = Array.from({ length: 500 }, () => {
      agreements.note(route, "v9", "text", roll() >= 0.2);
      return told.length;
    });
    expect(told).toEqual([
      {
        route: "chat",
        version: "v9",
        why: expect.stringMatching(/^\d+(\.\d)? % of \d+ answers agree .* 98 % are to\.$/),
        observeOnly: false,
      },
    ]);
    expect(found.indexOf(1)).toBeLessThan(120);
    expect(agreements.verdict(route, "v9")?.verdict).toBe("bad");
  });

  it("finds hardly one bad that is no worse, however often it looks", () => {
    let bad = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { agreements, told } = judging();
      const roll = dice(seed);
      for (let i = 0; i < 2_000; i++) agreements.note(routeWith(0.98), "v9", "text", roll() >= 0.02);
      bad += told.length;
    }
    expect(bad).toBeLessThanOrEqual(2);
  });

  it("says good when it surely agrees often enough, and before that that it does not know", () => {
    const { agreements } = judging();
    const route = routeWith(0.9);
    expect(agreements.verdict(route, "v9")).toMatchObject({ verdict: "not enough data", pairs: 0 });
    for (let i = 0; i < 200; i++) agreements.note(route, "v9", "text", true);
    expect(agreements.verdict(route, "v9")).toMatchObject({ verdict: "good", pairs: 200, agreed: 200 });
  });

  it("tells of one modality alone where all else agrees", () => {
    const { agreements, told } = judging();
    const route = routeWith(0.95);
    for (let i = 0; i < 200; i++) {
      const modality = i % 4 === 0 ? "image" : "text";
      agreements.note(route, "v9", modality, modality === "text");
    }
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ modality: "image", why: expect.stringContaining("of image") });
  });

  it("looks at nothing where nobody says how often it has to agree", () => {
    const { agreements, told } = judging();
    const route = routeWith(undefined);
    for (let i = 0; i < 100; i++) agreements.note(route, "v9", "text", false);
    expect(told).toEqual([]);
    expect(agreements.verdict(route, "v9")).toBeUndefined();
  });

  it("begins anew when it is told to forget", () => {
    const { agreements, told } = judging();
    const route = routeWith(0.9);
    const disagree = () => {
      for (let i = 0; i < 100; i++) agreements.note(route, "v9", "text", false);
    };
    disagree();
    expect(told).toHaveLength(1);
    agreements.forget("chat", "v9");
    expect(agreements.verdict(route, "v9")?.pairs).toBe(0);
    disagree();
    expect(told).toHaveLength(2);
  });

  it("adds what other replicas have compared to what this one has, for its judgement too", () => {
    const { agreements, told } = judging();
    const route = routeWith(0.9);
    for (let i = 0; i < 3; i++) agreements.note(route, "v9", "text", false);
    agreements.hear(route, "v9", "text", Float64Array.of(1, 1));
    expect(told).toEqual([]);
    agreements.hear(route, "v9", "text", Float64Array.of(40, 40));
    expect(told).toMatchObject([{ version: "v9", why: expect.stringContaining("0 % of 43 answers") }]);
    expect(agreements.verdict(route, "v9")).toMatchObject({ verdict: "bad", pairs: 43, agreed: 0 });
    expect([...agreements.sums("chat", "v9")]).toEqual([["text", Float64Array.of(3, 3)]]);
  });

  it("forgets what has left the rules, and not what answers by now", () => {
    const { agreements } = judging();
    const route = routeWith(0.9);
    for (let i = 0; i < 10; i++) agreements.note(route, "v9", "text", true);
    const answering = routeWith(0.9, { candidates: route.sandbox ?? [], sandbox: [] });
    agreements.keep([answering]);
    expect(agreements.verdict(route, "v9")?.pairs).toBe(10);
    agreements.keep([routeWith(0.9, { sandbox: [] })]);
    expect(agreements.verdict(route, "v9")?.pairs).toBe(0);
  });

  it("says nothing of what is no shadow and was never compared", () => {
    expect(judging().agreements.verdict(routeWith(0.9), "v1")).toBeUndefined();
  });
});
