import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/routing/bucket.ts";
import type { Change } from "../../src/routing/changes.ts";
import { type Cuts, cutKey, cutsOf, NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { decided, explain } from "../../src/routing/explain.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Route, Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { generatedCuts, generatedRequest, generatedRules } from "../kit/generated-rules.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const bucket = fc.nat(9_999);

function decidedBy(rules: Rules, request: Request, cuts: Cuts, bucket: number) {
  const facts = factsOf(request);
  const route = findRoute(compile(rules, 1), facts);
  return route && decided(decide(route, facts, cuts, () => bucket));
}

/** Rules, request and cuts after one change. */
function changed(rules: Rules, name: string, request: Request, cuts: Cuts, change: Change) {
  const inRoute = (edit: (route: Route) => Route): Rules => ({
    ...rules,
    routes: rules.routes.map((route) => (route.name === name ? edit(route) : route)),
  });
  switch (change.kind) {
    case "share": {
      const share = { version: change.version, points: change.points };
      const edited = inRoute((route) => ({
        ...route,
        rules: route.rules.map((rule) => {
          if (rule.name !== change.rule) return rule;
          return { ...rule, shares: [...rule.shares.filter(({ version }) => version !== change.version), share] };
        }),
      }));
      return { rules: edited, request, cuts };
    }
    case "rule": {
      const when = [{ fact: "stateful" as const, values: ["true", "false"] }];
      const edited = inRoute((route) => ({
        ...route,
        rules: route.rules.map((rule) => (rule.name === change.rule ? { ...rule, when, between: undefined } : rule)),
      }));
      return { rules: edited, request, cuts };
    }
    case "cut":
      return { rules, request, cuts: new Map([...cuts, [cutKey(name, change.version), [{}]]]) };
    case "restore": {
      const key = cutKey(name, change.version);
      const { rule, modality } = change;
      const left = cuts.get(key)?.filter((slice) => slice.rule !== rule || slice.modality !== modality);
      return { rules, request, cuts: new Map([...cuts, [key, left ?? []]]) };
    }
    case "x-canary": {
      const { "x-canary": _, ...headers } = request.headers ?? {};
      const asked = change.value === undefined ? headers : { ...headers, "x-canary": change.value };
      return { rules, request: { ...request, headers: asked }, cuts };
    }
  }
}

describe("explain", () => {
  it("decides as decide does, for every document and request", () => {
    const reasons = new Set<string | undefined>();
    fc.assert(
      fc.property(generatedRules, generatedRequest, generatedCuts, bucket, (rules, request, cuts, bucket) => {
        const { decision } = explain(compile(rules, 1), factsOf(request), cuts, () => bucket);
        expect(decision).toEqual(decidedBy(rules, request, cuts, bucket));
        reasons.add(decision?.reason);
      }),
      { numRuns: 2_000 },
    );
    expect(reasons).toEqual(new Set([undefined, "share", "rest", "no rule", "stateful", "cut", "override"]));
  });

  it("keeps a trail that ends in the decision", () => {
    fc.assert(
      fc.property(generatedRules, generatedRequest, generatedCuts, bucket, (rules, request, cuts, drawn) => {
        const {
          decision,
          entries,
          rules: tried,
          bucket,
        } = explain(compile(rules, 1), factsOf(request), cuts, () => drawn);
        expect(entries.filter(({ misses }) => misses.length === 0)).toHaveLength(decision === undefined ? 0 : 1);
        if (decision === undefined) return;
        expect(entries.at(-1)).toMatchObject({ route: decision.route, misses: [] });
        const held = tried.filter(({ misses }) => misses.length === 0);
        expect(held.map(({ rule }) => rule)).toEqual(decision.rule === "none" ? [] : [decision.rule]);
        if (decision.reason !== "share" && decision.reason !== "rest") return;
        const owner = bucket?.slices.find(({ from, to }) => bucket.bucket >= from && bucket.bucket < to);
        expect(owner?.version).toBe(decision.track === "candidate" ? decision.version : undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it("names only changes that bring the request to the other track", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(generatedRules, generatedRequest, generatedCuts, bucket, (rules, request, cuts, bucket) => {
        const { decision, changes } = explain(compile(rules, 1), factsOf(request), cuts, () => bucket);
        for (const change of changes) {
          const other = changed(rules, decision?.route ?? "", request, cuts, change);
          const track = decidedBy(other.rules, other.request, other.cuts, bucket)?.track;
          expect(track, JSON.stringify(change)).toBe(decision?.track === "stable" ? "candidate" : "stable");
          kinds.add(change.kind);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(kinds).toEqual(new Set(["share", "rule", "restore", "cut", "x-canary"]));
  });

  it("names the share at which a caller just moves, and not one step further", () => {
    fc.assert(
      fc.property(generatedRules, generatedRequest, generatedCuts, bucket, (rules, request, cuts, bucket) => {
        const { decision, changes } = explain(compile(rules, 1), factsOf(request), cuts, () => bucket);
        for (const change of changes) {
          if (change.kind !== "share") continue;
          const points = change.points + (change.bound === "at least" ? -1 : 1);
          if (points < 0) continue;
          const other = changed(rules, decision?.route ?? "", request, cuts, { ...change, points });
          expect(decidedBy(other.rules, request, cuts, bucket)?.track).toBe(decision?.track);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const rules = rulesWith(
    routeWith({
      match: [
        { path: "/v1/chat", conditions: [{ fact: "model", values: ["llama"] }] },
        { path: "/v1/*", conditions: [] },
      ],
      stickyBy: [{ from: "header", name: "x-session-id" }, { from: "customer" }],
      override: [{ fact: "customerType", values: ["internal"] }],
      rules: [
        { ...everyone(["candidate", 10_000]), name: "staff", when: [{ fact: "customerType", values: ["internal"] }] },
        { ...everyone(["candidate", 5_000]), name: "acme", when: [{ fact: "customer", values: ["acme"] }] },
        {
          ...everyone(["candidate", 10_000]),
          name: "christmas",
          between: { from: Date.UTC(2026, 11, 24), until: Date.UTC(2026, 11, 27) },
        },
        everyone(["candidate", 500]),
      ],
    }),
  );
  const wordsFor = (request: Request, cuts = NO_CUTS, bucket = 7_000) =>
    explain(compile(rules, 1), factsOf({ path: "/v1/chat", ...request }), cuts, () => bucket).words;

  it("says in words what happened and what would change it", () => {
    const now = Date.UTC(2026, 10, 24, 8);
    const cut = cutsOf([{ route: "chat", version: "candidate" }]);
    const slice = cutsOf([{ route: "chat", version: "candidate", rule: "staff", modality: "image" }]);
    expect({
      "a customer": wordsFor({ customer: "secret-customer", now }),
      "a draw": wordsFor({ now }),
      "a cut": wordsFor({ customerType: "internal", customer: "secret-customer", now }, cut),
      "a cut slice": wordsFor({ customerType: "internal", customer: "acme", modality: "image", now }, slice),
      "an override": wordsFor({ customerType: "internal", headers: { "x-canary": "never" }, now }),
      "a stateful request": wordsFor({ stateful: true, now }),
      "no route": wordsFor({ path: "/v2" }),
    }).toMatchSnapshot();
  });

  it("shows whose buckets are whose among several candidates", () => {
    const versions = ["a", "b", "c", "d"];
    const route = routeWith({
      candidates: versions.map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] })),
      stickyBy: [{ from: "header", name: "x-session-id" }],
      rules: [everyone(["a", 5_500], ["b", 300], ["c", 200], ["d", 100])],
    });
    const request = { headers: { "x-session-id": "x" } };
    const { words, bucket, changes } = explain(compile(rulesWith(route), 1), factsOf(request), NO_CUTS, () => 0);
    expect(words).toContainEqual(
      expect.stringContaining("`a` has 0 to 5499, `b` has 9700 to 9999, `c` has 5500 to 5699, `d` has 9600 to 9699"),
    );
    expect(bucket?.bucket).toBe(bucketOf("chat", "x"));
    expect(changes).not.toEqual([]);
  });

  it("tells nobody who the customer is, or what the key is", () => {
    const request = { customer: "secret-customer", headers: { "x-session-id": "secret-session" } };
    expect(
      JSON.stringify(explain(compile(rules, 1), factsOf({ path: "/v1/chat", ...request }), NO_CUTS, () => 0)),
    ).not.toContain("secret");
  });
});
