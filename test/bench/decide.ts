import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import type { Facts } from "../../src/routing/facts.ts";
import { findRoute } from "../../src/routing/path-index.ts";
import type { Match } from "../../src/routing/rules.ts";
import { compile, type Table } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";
import { table } from "./report.ts";

const SIZES = [1, 100, 10_000];
const REQUESTS = 10_000;
const PASSES = 2;
const RULES = [1, 10, 1_000];
/** How many routes the requests go to: few stay in the processor's cache, as many as there are do not. */
const BUSY = [100, 10_000];

/** A way in which routes can be told from each other. */
interface Shape {
  readonly called: string;
  readonly match: (route: number) => Match;
  readonly request: (route: number) => Facts;
}

const SHAPES: readonly Shape[] = [
  {
    called: "each its own path",
    match: (route) => ({ path: `/models/${route}/infer`, conditions: [] }),
    request: (route) => factsOf({ path: `/models/${route}/infer`, customer: `customer-${route}` }),
  },
  {
    called: "each its own prefix",
    match: (route) => ({ path: `/models/${route}/*`, conditions: [] }),
    request: (route) => factsOf({ path: `/models/${route}/v2/infer`, customer: `customer-${route}` }),
  },
  {
    called: "one path, a header each",
    match: (route) => ({
      path: "/v1/chat/completions",
      conditions: [
        { fact: "method", values: ["POST"] },
        { fact: "header", name: "x-model", values: [`model-${route}`] },
      ],
    }),
    request: (route) =>
      factsOf({
        path: "/v1/chat/completions",
        headers: { "x-model": `model-${route}` },
        customer: `customer-${route}`,
      }),
  },
];

/** What finding a request's route and deciding its version costs in tables of 1, 100 and 10,000 routes, in Markdown. */
export function benchDecide(): string {
  const rows = SHAPES.flatMap((shape) =>
    BUSY.map((busy) => [
      `${shape.called}, requests to ${busy} at most`,
      ...SIZES.map((size) => costOf(shape, size, busy).toFixed(0)),
    ]),
  );
  return table(["ns a request", ...SIZES.map((size) => (size === 1 ? "1 route" : `${size} routes`))], rows);
}

/** What the rules of one route cost that are looked at before the one that holds, in Markdown. */
export function benchRules(): string {
  const costs = RULES.map((rules) => {
    const own = Array.from({ length: rules - 1 }, (_, i) => ({
      ...everyone(["candidate", 500]),
      name: `type ${i}`,
      when: [{ fact: "customerType" as const, values: [`type-${i}`] }],
    }));
    const one = routeWith({ name: "chat", rules: [...own, everyone(["candidate", 500])] });
    const requests = Array.from({ length: REQUESTS }, (_, i) =>
      factsOf({ customer: `customer-${i}`, customerType: "nobody's" }),
    );
    return best(compile(rulesWith(one), 1), requests).toFixed(0);
  });
  return table(
    ["ns a request", ...RULES.map((rules) => (rules === 1 ? "1 rule" : `${rules} rules`))],
    [["the last one holds", ...costs]],
  );
}

function costOf(shape: Shape, size: number, busy: number): number {
  const rules = tableOf(shape, size);
  const targets = Math.min(size, busy);
  const requests = Array.from({ length: REQUESTS }, (_, i) =>
    shape.request(Math.floor(((i % targets) * size) / targets)),
  );
  return best(rules, requests);
}

/** Nanoseconds for one request: the best of several rounds, because other work on the machine only ever adds. */
function best(rules: Table, requests: readonly Facts[]): number {
  return Math.min(...Array.from({ length: 15 }, () => round(rules, requests)));
}

function tableOf(shape: Shape, routes: number): Table {
  const all = Array.from({ length: routes }, (_, i) =>
    routeWith({ name: `route-${i}`, match: [shape.match(i)], rules: [everyone(["candidate", 500])] }),
  );
  return compile(rulesWith(...all), 1);
}

function round(table: Table, requests: readonly Facts[]): number {
  let candidates = 0;
  const started = process.hrtime.bigint();
  for (let i = 0; i < PASSES; i++) {
    for (const facts of requests) {
      const route = findRoute(table, facts);
      if (route === undefined) throw new Error(`no route for ${facts.path}`);
      if (decide(route, facts, NO_CUTS, () => 0).track === "candidate") candidates++;
    }
  }
  const spent = Number(process.hrtime.bigint() - started);
  if (candidates > PASSES * requests.length) throw new Error("more candidates than requests");
  return spent / (PASSES * requests.length);
}
