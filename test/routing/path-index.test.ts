import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/routing/facts.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Condition, Match, Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";
import { routeWith, rulesWith } from "../kit/rules.ts";

/** The definition, without any index: try every entry in the order of the document. */
function search(rules: Rules, facts: Facts): string | undefined {
  return rules.routes.find(({ match }) => match.some((entry) => holds(entry, facts)))?.name;
}

function holds({ path, conditions }: Match, facts: Facts): boolean {
  const here = path === undefined || like(path, facts.path);
  return here && conditions.every((condition) => holdsOne(condition, facts));
}

function holdsOne(condition: Condition, facts: Facts): boolean {
  const value = condition.fact === "header" ? facts.header(condition.name) : facts[condition.fact];
  return value !== undefined && condition.values.some((wanted) => like(wanted, String(value)));
}

function like(glob: string, value: string): boolean {
  const literals = glob.split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${literals.join(".*")}$`, "s").test(value);
}

const segments = fc.array(fc.constantFrom("a", "b", "ab", ""), { maxLength: 4 });
const path = segments.map((parts) => `/${parts.join("/")}`);
const matchPath = fc.option(
  fc.tuple(path, fc.boolean()).map(([path, prefix]) => (prefix ? `${path.replace(/\/$/, "")}/*` : path)),
  { nil: undefined },
);
const values = fc.uniqueArray(fc.constantFrom("x", "y", "xy", "x*", "*", "*y*"), { minLength: 1, maxLength: 3 });
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ fact: fc.constant("header" as const), name: fc.constantFrom("x-a", "x-b"), values }),
  fc.record({
    fact: fc.constant("method" as const),
    values: fc.uniqueArray(fc.constantFrom("GET", "POST"), { minLength: 1 }),
  }),
  fc.record({ fact: fc.constant("model" as const), values }),
);
const entry: fc.Arbitrary<Match> = fc.record({ path: matchPath, conditions: fc.array(condition, { maxLength: 3 }) });
const rules = fc
  .array(fc.array(entry, { minLength: 1, maxLength: 3 }), { maxLength: 12 })
  .map((matches) => rulesWith(...matches.map((match, i) => routeWith({ name: `route ${i}`, match }))));
const header = fc.constantFrom("x", "y", "xy", "z", "");
const request = fc.record({
  path,
  method: fc.constantFrom("GET", "POST", "PUT"),
  headers: fc.record({ "x-a": header, "x-b": header }, { requiredKeys: [] }),
  model: fc.option(header, { nil: undefined }),
});

describe("findRoute", () => {
  it("finds what trying every entry in the document's order finds", () => {
    fc.assert(
      fc.property(rules, fc.array(request, { minLength: 1, maxLength: 8 }), (rules, requests) => {
        const table = compile(rules, 1);
        for (const request of requests) {
          const facts = factsOf(request);
          expect(findRoute(table, facts)?.route.name).toBe(search(rules, facts));
        }
      }),
      { numRuns: 400 },
    );
  });

  it("finds nothing where nothing matches", () => {
    const table = compile(rulesWith(routeWith({ match: [{ path: "/v1/*", conditions: [] }] })), 1);
    expect(findRoute(table, factsOf({ path: "/v1" }))).toBeUndefined();
    expect(findRoute(table, factsOf({ path: "/v1/" }))?.route.name).toBe("chat");
  });

  it("does not ask for a model where an entry above holds without", () => {
    const route = (name: string, condition: Condition) =>
      routeWith({ name, match: [{ path: "/v1/chat", conditions: [condition] }] });
    const table = compile(
      rulesWith(
        route("team", { fact: "header", name: "x-team", values: ["a"] }),
        route("llama", { fact: "model", values: ["llama"] }),
      ),
      1,
    );
    const facts: Facts = {
      ...factsOf({ path: "/v1/chat", headers: { "x-team": "a" } }),
      get model(): string | undefined {
        throw new Error("asked for the model");
      },
    };
    expect(findRoute(table, facts)?.route.name).toBe("team");
  });

  it("asks no more of a request among 5,000 routes of one path than among one", () => {
    const entry = (i: number): Match => ({
      path: "/v1/chat",
      conditions: [
        { fact: "method", values: ["POST"] },
        { fact: "header", name: "x-model", values: [`model-${i}`] },
      ],
    });
    const asked = (count: number): number => {
      const routes = Array.from({ length: count }, (_, i) => routeWith({ name: `route ${i}`, match: [entry(i)] }));
      const table = compile(rulesWith(...routes), 1);
      let asked = 0;
      const facts: Facts = {
        ...factsOf({ path: "/v1/chat" }),
        header: () => {
          asked++;
          return `model-${count - 1}`;
        },
      };
      expect(findRoute(table, facts)?.route.name).toBe(`route ${count - 1}`);
      return asked;
    };
    expect(asked(5_000)).toBe(asked(2));
  });
});
