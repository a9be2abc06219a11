import fc from "fast-check";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Condition, Match } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import type { RuleError } from "../../src/rules/rule-error.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { routeWith, rulesWith } from "../kit/rules.ts";

type Written = Readonly<Record<string, readonly string[]>>;

const words = fc.constantFrom("a", "b", "ab");
const values = fc.uniqueArray(fc.oneof(words, fc.constantFrom("*", "a*", "*b", "a*b")), { minLength: 1, maxLength: 3 });
const methods = fc.uniqueArray(fc.constantFrom("GET", "POST"), { minLength: 1 });
const path = fc.constantFrom("/a", "/a/*", "/a/b", "/a/b/*", "/*");
const when: fc.Arbitrary<Written> = fc.record(
  { customer: values, customerType: values, method: methods },
  { requiredKeys: [] },
);
const request: fc.Arbitrary<Request> = fc.record(
  {
    path: fc.constantFrom("/a", "/a/b", "/a/b/c", "/b"),
    customer: words,
    customerType: words,
    method: fc.constantFrom("GET", "POST"),
    headers: fc.record({ "x-a": words }, { requiredKeys: [] }),
  },
  { requiredKeys: ["path", "customerType"] },
);
const requests = fc.array(request, { minLength: 20, maxLength: 40 });

function conditionsOf(written: Written): Condition[] {
  const facts = ["customer", "customerType", "method"] as const;
  return facts.flatMap((fact) => (written[fact] === undefined ? [] : [{ fact, values: written[fact] }]));
}

/** The numbers of the pieces that are refused as unreachable. */
function unreachable(document: unknown, piece: RegExp): Set<number> {
  const read = readRules(stringify(document));
  const errors: readonly RuleError[] = read.kind === "rules" ? [] : read.errors;
  return new Set(
    errors.map(({ path, message }) => {
      expect(message).toContain("No request reaches");
      return Number(piece.exec(path)?.[1]);
    }),
  );
}

it("calls no rule unreachable that a request reaches", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(when, { minLength: 2, maxLength: 5 }), requests, (whens, requests) => {
      const rules = whens.map((when, i) => ({ name: `r${i}`, when: conditionsOf(when), shares: [] }));
      const written = whens.map((when, i) => ({
        name: `r${i}`,
        ...(Object.keys(when).length > 0 && { when }),
        candidate: "0%",
      }));
      const refused = unreachable(
        documentOf([{ name: "chat", match: [{ path: "/*" }], rules: written }]),
        /rules\[(\d+)\]$/,
      );
      found += refused.size;
      const [route] = compile(rulesWith(routeWith({ rules })), 1).routes;
      for (const request of requests) {
        const rule = route && decide(route, factsOf(request), NO_CUTS, () => 0).rule;
        expect([...refused].map((i) => `r${i}`)).not.toContain(rule?.name);
      }
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(20);
});

it("calls no entry unreachable that a request reaches", () => {
  const entry = fc.record({ path, method: methods, header: fc.record({ "x-a": values }) }, { requiredKeys: ["path"] });
  let found = 0;
  fc.assert(
    fc.property(fc.array(entry, { minLength: 2, maxLength: 6 }), requests, (entries, requests) => {
      const names = entries.map((_, i) => `route${i}`);
      const refused = unreachable(
        documentOf(entries.map((entry, i) => ({ name: names[i], match: [entry] }))),
        /^routes\[(\d+)\]/,
      );
      found += refused.size;
      const routes = entries.map(({ path, method, header }, i) => {
        const conditions: Condition[] = method === undefined ? [] : [{ fact: "method", values: method }];
        if (header !== undefined) conditions.push({ fact: "header", name: "x-a", values: header["x-a"] });
        const match: Match[] = [{ path, conditions }];
        return routeWith({ name: `route${i}`, match });
      });
      const table = compile(rulesWith(...routes), 1);
      for (const request of requests) {
        expect([...refused].map((i) => names[i])).not.toContain(findRoute(table, factsOf(request))?.route.name);
      }
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(20);
});

function documentOf(routes: readonly object[]): unknown {
  return {
    version: 1,
    customers: { id: "header:x-id", type: "header:x-type" },
    routes: routes.map((route) => ({
      ...route,
      stable: { version: "stable", endpoints: "http://a" },
      candidate: { version: "candidate", endpoints: "http://b" },
    })),
  };
}
