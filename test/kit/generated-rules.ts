import fc from "fast-check";
import { type Cuts, cutsOf } from "../../src/routing/cuts.ts";
import type { Condition, Route, Rule, Rules, Share, Source } from "../../src/routing/rules.ts";
import type { Request } from "./facts.ts";
import { routeWith, rulesWith } from "./rules.ts";

const WORDS = ["a", "b", "ab", "größe"];
const VERSIONS = ["v1", "v2", "v3"];
const ROUTES = ["one", "two"];
const word = fc.constantFrom(...WORDS.map(bytes));
const values = fc.uniqueArray(fc.constantFrom(...WORDS, "a*", "*"), { minLength: 1, maxLength: 3 });
const answer = fc.constantFrom(["true"], ["false"]);

/** As it comes from the wire. */
function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ fact: fc.constantFrom("customerType", "customer", "model", "modality"), values }),
  fc.record({ fact: fc.constant("header" as const), name: fc.constantFrom("x-a", "x-session"), values }),
  fc.record({ fact: fc.constantFrom("stream", "stateful"), values: answer }),
);
const conditions = fc.array(condition, { maxLength: 2 });

const source: fc.Arbitrary<Source> = fc.constantFrom(
  { from: "header", name: "x-session" },
  { from: "customer" },
  { from: "jwt", claim: "sub" },
  { from: "session" },
);

/** Whole shares that leave nobody out of 100 %, often at the ends. */
function shares(versions: readonly string[]): fc.Arbitrary<readonly Share[]> {
  const part = fc.oneof(fc.constantFrom(0, 1, 10_000), fc.integer({ min: 0, max: 10_000 }));
  return fc.tuple(...versions.map(() => part)).map((parts) => {
    let left = 10_000;
    return versions.map((version, i) => {
      const points = Math.min(parts[i] ?? 0, left);
      left -= points;
      return { version, points };
    });
  });
}

function rule(versions: readonly string[]): fc.Arbitrary<Omit<Rule, "name">> {
  const between = fc.option(
    fc.tuple(fc.nat(10), fc.integer({ min: 1, max: 10 })).map(([from, length]) => ({ from, until: from + length })),
    { nil: undefined },
  );
  return fc.record({ when: conditions, between, shares: shares(versions) });
}

const route: fc.Arbitrary<Partial<Route>> = fc.subarray(VERSIONS).chain((versions) =>
  fc.record({
    candidates: fc.constant(versions.map((version) => ({ version, endpoints: ["http://127.0.0.1:2"] }))),
    match: fc.array(
      fc.record({
        path: fc.constantFrom("/x", "/x/*", "/*", undefined),
        conditions: fc.array(
          fc.record({ fact: fc.constantFrom("method", "model"), values: fc.constantFrom(["POST"], ["a", "b"]) }),
          { maxLength: 1 },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    stickyBy: fc.uniqueArray(source, { maxLength: 3 }),
    rules: fc
      .array(rule(versions), { maxLength: 4 })
      .map((rules) => rules.map((rule, i) => ({ ...rule, name: `rule ${i}` }))),
    override: fc.oneof(fc.constant(false as const), conditions),
  }),
);

/** Rules of one or two routes, with everything that the language has, often about the same few values. */
export const generatedRules: fc.Arbitrary<Rules> = fc
  .array(route, { minLength: 1, maxLength: ROUTES.length })
  .map((routes) => rulesWith(...routes.map((route, i) => routeWith({ ...route, name: ROUTES[i] ?? "" }))));

/** Requests about the values of the generated rules. */
export const generatedRequest: fc.Arbitrary<Request> = fc.record(
  {
    path: fc.constantFrom("/x", "/x/y", "/z"),
    method: fc.constantFrom("GET", "POST"),
    headers: fc.record(
      { "x-a": word, "x-session": fc.string({ maxLength: 3 }), "x-canary": fc.constantFrom("always", "never", "?") },
      { requiredKeys: [] },
    ),
    customer: fc.oneof(word, fc.string({ maxLength: 5 })),
    customerType: word,
    modality: word,
    model: word,
    stream: fc.boolean(),
    stateful: fc.boolean(),
    now: fc.nat(20),
    sources: fc.record({ "jwt:sub": word, session: word }, { requiredKeys: [] }),
  },
  { requiredKeys: ["path"] },
);

/** Cuts of some of the generated versions, or of slices of them. */
export const generatedCuts: fc.Arbitrary<Cuts> = fc
  .array(
    fc.record({
      route: fc.constantFrom(...ROUTES),
      version: fc.constantFrom(...VERSIONS),
      rule: fc.constantFrom(undefined, undefined, "rule 0", "rule 1"),
      modality: fc.constantFrom(undefined, undefined, "a", "b"),
    }),
    { maxLength: 5 },
  )
  .map(cutsOf);
