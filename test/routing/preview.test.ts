import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { decided } from "../../src/routing/explain.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import { type Preview, preview } from "../../src/routing/preview.ts";
import type { Route, Rules } from "../../src/routing/rules.ts";
import { type SeenRequest, seenOf } from "../../src/routing/seen-request.ts";
import { compile, type Table } from "../../src/routing/table.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { generatedRequest, generatedRules } from "../kit/generated-rules.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const SECRET = 0x5eed;
const TERMS = { cuts: NO_CUTS, now: 0, secret: SECRET };

function seenBy(table: Table, request: Request, bucket = 0): SeenRequest[] {
  const facts = factsOf(request);
  const route = findRoute(table, facts);
  return route === undefined ? [] : [seenOf(table, route, facts, SECRET, () => bucket)];
}

const CUSTOMERS = Array.from({ length: 2_000 }, (_, i) => `customer-${i}`);

function tableAt(points: number, route: Partial<Route> = {}): Table {
  return compile(rulesWith(routeWith({ rules: [everyone(["candidate", points])], ...route })), 1);
}

/** Customers of the example, twice each, seen under a share of 5 %. */
const current = tableAt(500);
const seen = [...CUSTOMERS, ...CUSTOMERS].flatMap((customer, i) =>
  seenBy(current, {
    customer,
    customerType: i % 4 === 0 ? "premium" : "standard",
    modality: i % 2 === 0 ? "text" : "image",
  }),
);

function moves({ total }: Preview) {
  return total.moves;
}

function insideAt(table: Table): number {
  const [route] = table.routes;
  return CUSTOMERS.filter((customer) => {
    return route && decide(route, factsOf({ customer }), TERMS.cuts, () => 0).track === "candidate";
  }).length;
}

describe("preview", () => {
  it("counts exactly the callers that a wider share adds, and their requests", () => {
    const added = insideAt(tableAt(1_000)) - insideAt(current);
    const result = preview(tableAt(1_000), current, seen, TERMS);
    expect(moves(result)).toEqual({ "to candidate": { requests: 2 * added, callers: added } });
    expect(result).toMatchObject({
      total: { seen: { requests: 4_000, callers: 2_000 } },
      unsure: { requests: 0 },
      inexact: false,
    });
    expect(moves(preview(current, tableAt(1_000), seen, TERMS))).toEqual({
      "to stable": { requests: 2 * added, callers: added },
    });
  });

  it("tells routes, rules, customer types and modalities apart", () => {
    const premium = {
      ...everyone(["candidate", 10_000]),
      name: "premium",
      when: [{ fact: "customerType" as const, values: ["premium"] }],
    };
    const draft = tableAt(0, { rules: [premium, everyone(["candidate", 500])] });
    const result = preview(draft, current, seen, TERMS);
    expect(result.rules.map(({ route, name }) => `${route} / ${name}`)).toEqual(["chat / premium", "chat / everyone"]);
    expect(result.rules[1]?.moves).toEqual({});
    expect(result.customerTypes.map(({ name }) => name)).toEqual(["premium", "standard"]);
    expect(result.customerTypes[0]?.moves).toEqual(result.total.moves);
    expect(result.modalities.map(({ name, moves }) => [name, moves["to candidate"] !== undefined])).toEqual([
      ["text", true],
      ["image", false],
    ]);
  });

  it("shows a few of those who move, by stand-ins, and nobody twice", () => {
    const { examples } = preview(tableAt(10_000), current, seen, TERMS);
    expect(examples).toHaveLength(5);
    expect(new Set(examples.map(({ caller }) => caller)).size).toBe(5);
    expect(examples[0]).toMatchObject({
      direction: "to candidate",
      caller: expect.stringMatching(/^[0-9a-f]{7}$/),
      before: { version: "stable", rule: "everyone" },
      after: { version: "candidate" },
    });
  });

  it("keeps neither customers nor keys", () => {
    const route = { stickyBy: [{ from: "header" as const, name: "x-session" }, { from: "customer" as const }] };
    const when = [{ fact: "header" as const, name: "x-session", values: ["secret*"] }];
    const table = tableAt(0, { ...route, rules: [{ ...everyone(["candidate", 1]), when }] });
    const kept = seenBy(table, { customer: "secret-customer", headers: { "x-session": "secret-key" } });
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain("secret");
  });

  it("knows customers that a rule names by their stand-ins", () => {
    const when = [{ fact: "customer" as const, values: ["customer-1", "customer-2", "nobody"] }];
    const draft = tableAt(0, { rules: [{ ...everyone(["candidate", 10_000]), when }] });
    const result = preview(draft, tableAt(0), seen, TERMS);
    expect(moves(result)["to candidate"]).toEqual({ requests: 4, callers: 2 });
  });

  it("says of which requests it cannot tell, and what it would have to know", () => {
    const byPattern = [{ fact: "customer" as const, values: ["customer-1*"] }];
    const byHeader = [{ fact: "header" as const, name: "x-new", values: ["a"] }];
    for (const [when, missing] of [
      [byPattern, "customers by a pattern"],
      [byHeader, "header x-new"],
    ] as const) {
      const draft = tableAt(0, { rules: [{ ...everyone(["candidate", 10_000]), when }] });
      const result = preview(draft, current, seen, TERMS);
      expect(result.unsure).toEqual({ requests: 4_000, missing: [missing] });
      expect(result.total.seen.requests).toBe(0);
    }
    const byModel = tableAt(0, {
      rules: [{ ...everyone(["candidate", 10_000]), when: [{ fact: "model", values: ["a"] }] }],
    });
    const unread = seen.map((request) => ({ ...request, bodyRead: false }));
    expect(preview(byModel, current, unread, TERMS).unsure.missing).toEqual(["model"]);
  });

  it("gives numbers as true as a sample's for another salt, and says so", () => {
    const result = preview(tableAt(500, { salt: "new" }), current, seen, TERMS);
    expect(result.inexact).toBe(true);
    // 95 % of the 5 % leave, as many come; four standard deviations of 2,000 customers are about 39.
    expect(Math.abs((moves(result)["to candidate"]?.callers ?? 0) - 95)).toBeLessThan(39);
    expect(Math.abs((moves(result)["to stable"]?.callers ?? 0) - 95)).toBeLessThan(39);
  });

  it("tells who finds a route or loses it", () => {
    const other = tableAt(500, { match: [{ path: "/other", conditions: [] }] });
    expect(moves(preview(other, current, seen, TERMS))).toEqual({ "to no route": { requests: 4_000, callers: 2_000 } });
    expect(moves(preview(current, other, seen, TERMS))).toEqual({ "to a route": { requests: 4_000, callers: 2_000 } });
  });

  it("moves whom deciding both ways moves, for every document and request", () => {
    const generated = fc.tuple(
      generatedRules,
      generatedRules,
      fc.array(generatedRequest, { minLength: 1, maxLength: 8 }),
      fc.nat(9_999),
    );
    let compared = 0;
    fc.assert(
      fc.property(generated, ([rules, draftRules, requests, bucket]) => {
        // The draft is sticky by the same, so that its buckets are known.
        const draft = withStickyOf(rules, draftRules);
        const [before, after] = [compile(rules, 1), compile(draft, 2)];
        for (const request of requests) {
          const seen = seenBy(before, { ...request, now: 0 }, bucket);
          const result = preview(after, before, seen, TERMS);
          if (seen.length === 0 || result.unsure.requests > 0 || result.inexact) continue;
          compared++;
          const [was, is] = [before, after].map((table) => {
            const facts = factsOf({ ...request, now: 0 });
            const route = findRoute(table, facts);
            return route && decided(decide(route, facts, TERMS.cuts, () => bucket));
          });
          const [example] = result.examples;
          const moved = was?.version !== is?.version || was?.route !== is?.route;
          expect(example !== undefined).toBe(moved);
          if (example !== undefined) expect([example.before, example.after]).toEqual([was, is]);
        }
      }),
      { numRuns: 800 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it("takes less than 200 ms of processor time for 10,000 requests", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => seen[i % seen.length]).filter((one) => one !== undefined);
    const draft = tableAt(1_000);
    const runs = Array.from({ length: 3 }, () => {
      const started = process.cpuUsage();
      preview(draft, current, many, TERMS);
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1_000;
    });
    expect(Math.min(...runs)).toBeLessThan(200);
  });
});

function withStickyOf(rules: Rules, draft: Rules): Rules {
  const routes = draft.routes.map((route, i) => ({ ...route, stickyBy: rules.routes[i]?.stickyBy ?? route.stickyBy }));
  return { ...draft, routes };
}
