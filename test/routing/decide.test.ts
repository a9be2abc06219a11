import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cuts, cutsOf, NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import type { Decision } from "../../src/routing/decision.ts";
import type { Facts } from "../../src/routing/facts.ts";
import type { Route, Rule } from "../../src/routing/rules.ts";
import { type CompiledRoute, compile } from "../../src/routing/table.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const points = fc.integer({ min: 0, max: 10_000 });
const customer = fc.string({ minLength: 1, maxLength: 24 });
const CUSTOMERS = Array.from({ length: 2_000 }, (_, i) => `customer-${i}`);

function compiled(route: Partial<Route>): CompiledRoute {
  const [first] = compile(rulesWith(routeWith(route)), 1).routes;
  if (first === undefined) throw new Error("no route");
  return first;
}

function noDraw(): number {
  throw new Error("drew for a request that has a sticky key");
}

function decided(route: CompiledRoute, request: Request, cuts = NO_CUTS): Decision {
  return decide(route, factsOf(request), cuts, noDraw);
}

/** The candidate's customers at a share. */
function insideAt(share: number, route: Partial<Route> = {}): Set<string> {
  const table = compiled({ ...route, rules: [everyone(["candidate", share])] });
  return new Set(CUSTOMERS.filter((customer) => decided(table, { customer }).track === "candidate"));
}

describe("shares", () => {
  it("keep everyone in the candidate when the share widens", () => {
    fc.assert(
      fc.property(points, points, customer, (one, other, customer) => {
        const [narrow, wide] = [Math.min(one, other), Math.max(one, other)];
        const before = decided(compiled({ rules: [everyone(["candidate", narrow])] }), { customer });
        const after = decided(compiled({ rules: [everyone(["candidate", wide])] }), { customer });
        return before.track === "stable" || after.track === "candidate";
      }),
    );
  });

  it("keep everyone in either of two candidates when a share widens", () => {
    const candidates = ["b", "c"].map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }));
    const both = fc
      .tuple(points, points)
      .filter(([b, c]) => b + c <= 10_000)
      .chain(([b, c]) => fc.tuple(fc.constant([b, c] as const), fc.nat(10_000 - b - c), fc.boolean()));
    fc.assert(
      fc.property(both, customer, ([[b, c], more, first], customer) => {
        const before = decided(compiled({ candidates, rules: [everyone(["b", b], ["c", c])] }), { customer });
        const wider = first ? everyone(["b", b + more], ["c", c]) : everyone(["b", b], ["c", c + more]);
        const after = decided(compiled({ candidates, rules: [wider] }), { customer });
        return before.track === "stable" || after.version === before.version;
      }),
    );
  });

  it("move exactly the added customers in and out when 5 % becomes 10 % and 5 % again", () => {
    const five = insideAt(500);
    const ten = insideAt(1_000);
    expect(five.size).toBeGreaterThan(0);
    expect(ten.size).toBeGreaterThan(five.size);
    expect([...five].filter((customer) => !ten.has(customer))).toEqual([]);
    expect(insideAt(500)).toEqual(five);
  });

  it("are close to what was asked for", () => {
    // 2,000 customers at 5 %: four standard deviations are 39.
    expect(Math.abs(insideAt(500).size - 100)).toBeLessThan(39);
  });

  it("give nobody to a candidate at zero", () => {
    expect(insideAt(0).size).toBe(0);
  });

  it("give everybody to a candidate at 100 %", () => {
    expect(insideAt(10_000).size).toBe(CUSTOMERS.length);
  });

  it("pick customers of one route independently of another's", () => {
    const [a, b] = [insideAt(2_000, { name: "a" }), insideAt(2_000, { name: "b" })];
    const both = [...a].filter((customer) => b.has(customer)).length;
    // Independent: 4 % of 2,000 are in both; four standard deviations are 35.
    expect(Math.abs(both - 80)).toBeLessThan(35);
  });

  it("pick the same customers for routes of the same salt", () => {
    expect(insideAt(2_000, { name: "a", salt: "both" })).toEqual(insideAt(2_000, { name: "b", salt: "both" }));
  });

  it("are filled bucket by bucket, and never overlap", () => {
    const candidates = ["b", "c"].map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }));
    const route = compiled({ candidates, stickyBy: [], rules: [everyone(["b", 250], ["c", 1])] });
    const versions = Array.from({ length: 10_000 }, (_, bucket) => decide(route, factsOf({}), NO_CUTS, () => bucket));
    const count = (version: string) => versions.filter((decision) => decision.version.version === version).length;
    expect([count("b"), count("c"), count("stable")]).toEqual([250, 1, 9_749]);
  });
});

describe("the sticky key", () => {
  const route = compiled({
    stickyBy: [{ from: "header", name: "x-session-id" }, { from: "customer" }],
    rules: [everyone(["candidate", 5_000])],
  });

  it("is the first source that the request has", () => {
    for (const customer of CUSTOMERS.slice(0, 100)) {
      const bySession = decided(route, { customer: "acme", headers: { "x-session-id": customer } });
      expect(bySession).toBe(decided(route, { customer }));
    }
  });

  it("may come from anything that a request carries", () => {
    const bySession = compiled({
      stickyBy: [{ from: "session" }, { from: "jwt", claim: "sub" }],
      rules: route.rules.map(({ rule }) => rule),
    });
    for (const key of CUSTOMERS.slice(0, 100)) {
      const wanted = decided(route, { customer: key }).track;
      expect(decided(bySession, { sources: { session: key, "jwt:sub": "x" } }).track).toBe(wanted);
      expect(decided(bySession, { sources: { "jwt:sub": key } }).track).toBe(wanted);
    }
  });

  it("is not an empty header", () => {
    expect(decided(route, { customer: "acme", headers: { "x-session-id": "" } })).toBe(
      decided(route, { customer: "acme" }),
    );
  });

  it("is replaced by one draw where the request has none", () => {
    let draws = 0;
    const draw = (bucket: number) => () => {
      draws++;
      return bucket;
    };
    expect(decide(route, factsOf({}), NO_CUTS, draw(4_999)).track).toBe("candidate");
    expect(decide(route, factsOf({}), NO_CUTS, draw(5_000)).track).toBe("stable");
    expect(draws).toBe(2);
  });
});

describe("a cut", () => {
  const cuts = cutsOf([{ route: "chat", version: "candidate" }]);

  it("gives the candidate nothing, whatever the share", () => {
    const route = compiled({ rules: [everyone(["candidate", 10_000])] });
    fc.assert(
      fc.property(customer, (customer) => {
        const decision = decided(route, { customer }, cuts);
        return decision.track === "stable" && decision.reason === "cut" && decision.rule?.name === "everyone";
      }),
    );
  });

  it("beats an override", () => {
    const route = compiled({ override: [] });
    const decision = decided(route, { headers: { "x-canary": "always" } }, cuts);
    expect(decision).toMatchObject({ track: "stable", reason: "cut" });
  });

  it("leaves other candidates and other routes what they have", () => {
    const candidates = ["b", "candidate"].map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }));
    const route = compiled({ candidates, stickyBy: [], rules: [everyone(["b", 5_000], ["candidate", 5_000])] });
    const at = (bucket: number) => decide(route, factsOf({}), cuts, () => bucket);
    expect([at(0).version.version, at(9_999).version.version]).toEqual(["b", "stable"]);
    const other = compiled({ name: "other", rules: [everyone(["candidate", 10_000])] });
    expect(decided(other, { customer: "acme" }, cuts).track).toBe("candidate");
  });
});

describe("a cut of a slice", () => {
  const of = { route: "chat", version: "candidate" };
  const staff: Rule = {
    ...everyone(["candidate", 10_000]),
    name: "staff",
    when: [{ fact: "customerType", values: ["internal"] }],
  };
  const route = compiled({ override: [], rules: [staff, everyone(["candidate", 10_000])] });
  const [internal, image] = [{ customerType: "internal" }, { modality: "image" }];
  const always = { headers: { "x-canary": "always" } };
  const isCut = (slice: { rule?: string; modality?: string }, request: Request) =>
    decided(route, { customer: "acme", ...request }, cutsOf([{ ...of, ...slice }])).reason === "cut";

  it.each([
    ["of a rule: what that rule sends, and nothing else", { rule: "staff" }, [internal], [{}, image]],
    ["of a modality: under every rule", { modality: "image" }, [image, { ...image, ...internal }], [{}, internal]],
    [
      "of both: only what is both",
      { rule: "staff", modality: "image" },
      [{ ...image, ...internal }],
      [image, internal, {}],
    ],
  ])("%s", (_, slice, hit, missed) => {
    for (const request of hit) expect(isCut(slice, request), JSON.stringify(request)).toBe(true);
    for (const request of missed) expect(isCut(slice, request), JSON.stringify(request)).toBe(false);
  });

  it("beats an override where its rule would have held", () => {
    expect(isCut({ rule: "staff" }, { ...internal, ...always })).toBe(true);
    expect(isCut({ rule: "staff" }, always)).toBe(false);
    expect(isCut({ modality: "image" }, { ...image, ...always })).toBe(true);
  });

  it("asks for the modality, which may be in the body, only where it matters", () => {
    const facts = (request: Request): Facts => ({
      ...factsOf(request),
      get modality(): string {
        throw new Error("looked into the body");
      },
    });
    const ask = (cuts: Cuts) => decide(route, facts({ customer: "acme" }), cuts, noDraw).reason;
    expect(ask(cutsOf([{ ...of, version: "another", modality: "image" }]))).toBe("share");
    expect(ask(cutsOf([{ ...of, rule: "staff", modality: "image" }]))).toBe("share");
    expect(ask(cutsOf([{ ...of, modality: "image" }, of]))).toBe("cut");
    expect(() => ask(cutsOf([{ ...of, modality: "image" }]))).toThrow("looked");
  });
});

describe("an override", () => {
  const rules = [everyone(["candidate", 0])];
  const asking = (value: string) => ({ customer: "acme", headers: { "x-canary": value } });

  it("forces a track where the route allows it", () => {
    const route = compiled({ override: [], rules });
    expect(decided(route, asking("always"))).toMatchObject({ track: "candidate", reason: "override" });
    expect(decided(route, asking("never"))).toMatchObject({ track: "stable", reason: "override" });
    expect(decided(route, asking("maybe"))).toMatchObject({ track: "stable", reason: "rest" });
  });

  it("is not heard where the route does not allow it", () => {
    expect(decided(compiled({ rules }), asking("always"))).toMatchObject({ track: "stable", reason: "rest" });
  });

  it("is heard of those only whom the route allows it", () => {
    const route = compiled({ override: [{ fact: "customerType", values: ["internal"] }], rules });
    expect(decided(route, { ...asking("always"), customerType: "internal" })).toMatchObject({ reason: "override" });
    for (const word of ["always", "never"]) expect(decided(route, asking(word))).toMatchObject({ reason: "rest" });
  });

  it("is stable where there is no candidate", () => {
    const route = compiled({ override: [], candidates: [] });
    expect(decided(route, asking("always"))).toMatchObject({ track: "stable", reason: "no rule" });
  });
});

describe("rules", () => {
  const only = (when: Rule["when"]): CompiledRoute =>
    compiled({ rules: [{ name: "some", when, shares: [{ version: "candidate", points: 10_000 }] }] });

  it("win in the order of the document", () => {
    const internal: Rule = {
      name: "staff",
      when: [{ fact: "customerType", values: ["internal"] }],
      shares: [{ version: "candidate", points: 10_000 }],
    };
    const route = compiled({ rules: [internal, everyone(["candidate", 0])] });
    expect(decided(route, { customerType: "internal", customer: "a" }).rule?.name).toBe("staff");
    expect(decided(route, { customer: "a" }).rule?.name).toBe("everyone");
  });

  it("never match what the request does not have, not even with a star", () => {
    expect(decided(only([{ fact: "customer", values: ["*"] }]), {}).reason).toBe("no rule");
    expect(decided(only([{ fact: "header", name: "x-tier", values: ["*", ""] }]), {}).reason).toBe("no rule");
  });

  it("hold when all their conditions do", () => {
    const route = only([
      { fact: "method", values: ["POST", "PUT"] },
      { fact: "path", values: ["/v1/*/infer"] },
      { fact: "modality", values: ["image"] },
      { fact: "header", name: "x-tier", values: ["gold*"] },
    ]);
    const request: Request = {
      customer: "acme",
      path: "/v1/llama/infer",
      modality: "image",
      headers: { "x-tier": "gold-plus" },
    };
    expect(decided(route, request).track).toBe("candidate");
    for (const other of [{ method: "GET" }, { path: "/v1/infer" }, { modality: "text" }, { headers: {} }]) {
      expect(decided(route, { ...request, ...other }).reason).toBe("no rule");
    }
  });

  it("look at the model and at streams, and hold for neither while it is not known", () => {
    const route = only([
      { fact: "model", values: ["llama-*"] },
      { fact: "stream", values: ["false"] },
    ]);
    const request: Request = { customer: "acme", model: "llama-3", stream: false };
    expect(decided(route, request).track).toBe("candidate");
    for (const other of [{ model: "qwen" }, { model: undefined }, { stream: true }]) {
      expect(decided(route, { ...request, ...other }).reason).toBe("no rule");
    }
    expect(decided(route, { customer: "acme", model: "llama-3" }).reason).toBe("no rule");
  });

  it("hold from the first moment of their time and no longer than to its end", () => {
    const [rule] = only([]).route.rules.map((rule) => ({ ...rule, between: { from: 1_000, until: 2_000 } }));
    const route = compiled({ rules: rule === undefined ? [] : [rule, everyone(["candidate", 0])] });
    const at = (now: number) => decided(route, { customer: "acme", now }).rule?.name;
    expect([999, 1_000, 1_999, 2_000].map(at)).toEqual(["everyone", "some", "some", "everyone"]);
  });

  it("let stateful requests pass by to stable, but for those that name them", () => {
    const all = everyone(["candidate", 10_000]);
    const request: Request = { customer: "acme", stateful: true };
    expect(decided(compiled({ rules: [all] }), request)).toMatchObject({ track: "stable", reason: "stateful" });
    expect(decided(compiled({ rules: [] }), request).reason).toBe("no rule");
    expect(decided(only([{ fact: "method", values: ["GET"] }]), request).reason).toBe("no rule");
    const named: Rule = { ...all, name: "files too", when: [{ fact: "stateful", values: ["true"] }] };
    const both = compiled({ rules: [all, named] });
    expect(decided(both, request)).toMatchObject({ track: "candidate", rule: { name: "files too" } });
    expect(decided(both, { customer: "acme" }).rule?.name).toBe("everyone");
  });

  it("ask for what is in the body last", () => {
    const route = only([
      { fact: "model", values: ["llama"] },
      { fact: "header", name: "x-tier", values: ["gold"] },
    ]);
    const facts: Facts = {
      ...factsOf({ customer: "acme" }),
      get model(): string | undefined {
        throw new Error("asked for the model of a request that another condition keeps out");
      },
    };
    expect(decide(route, facts, NO_CUTS, noDraw).reason).toBe("no rule");
  });

  it("compare what people write with the bytes that arrive", () => {
    const route = only([{ fact: "customer", values: ["größe"] }]);
    expect(decided(route, { customer: Buffer.from("größe").toString("latin1") }).track).toBe("candidate");
  });

  it("end in exactly one decision for every request, of the versions that there are", () => {
    const rule = fc.record({
      type: fc.constantFrom("internal", "beta", "stand*"),
      shares: fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 5_000 })),
    });
    const candidates = ["b", "c"].map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }));
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.constantFrom("internal", "standard", "x"),
        fc.option(customer, { nil: undefined }),
        fc.nat(9_999),
        fc.subarray(["b", "c"]),
        (rules, customerType, customer, bucket, cut) => {
          const route = compiled({
            candidates,
            rules: rules.map(({ type, shares: [b, c] }, i) => ({
              ...everyone(["b", b], ["c", c]),
              name: `rule ${i}`,
              when: [{ fact: "customerType", values: [type] }],
            })),
          });
          const cuts = cutsOf(cut.map((version) => ({ route: "chat", version })));
          const facts = factsOf({ customerType, customer });
          const decision = decide(route, facts, cuts, () => bucket);
          expect(decision).toBe(decide(route, facts, cuts, () => bucket));
          expect(["stable", "b", "c"]).toContain(decision.version.version);
          expect(decision.track === "stable").toBe(decision.version.version === "stable");
          expect(cut).not.toContain(decision.version.version);
        },
      ),
    );
  });
});
