import { toBytes } from "./bytes.ts";
import { cutKey } from "./cuts.ts";
import type { Decision, Reason } from "./decision.ts";
import { hiddenFacts } from "./hidden-facts.ts";
import { layOut, type Range } from "./layout.ts";
import { type CompiledCondition, compileConditions } from "./matcher.ts";
import { type Entry, indexing, type PathIndex } from "./path-index.ts";
import type { Condition, Customers, Route, Rule, Rules, Version } from "./rules.ts";
import { type ShadowPlan, shadowPlan } from "./shadow.ts";

const MOST_HEADERS = 32;

/** The rules in force, made ready for deciding. Immutable: an edit builds another one and swaps the reference. */
export interface Table {
  readonly revision: number;
  readonly routes: readonly CompiledRoute[];
  readonly customers: Customers;
  /** The customer types that the document names: the only ones that may become a label. */
  readonly customerTypes: ReadonlySet<string>;
  readonly index: PathIndex;
  /** The headers that deciding asks for, the first 32: what is kept of a request for previews. */
  readonly namedHeaders: readonly string[];
}

export interface CompiledRoute {
  readonly route: Route;
  /** The route's salt as bytes. */
  readonly salt: string;
  readonly rules: readonly CompiledRule[];
  readonly noRule: Decision;
  readonly stateful: Decision;
  /** When `x-canary` is obeyed; undefined: never. */
  readonly override: readonly CompiledCondition[] | undefined;
  /** What `x-canary` asks for; `always` is the first candidate. */
  readonly always: CandidateDecision | undefined;
  readonly never: Decision;
}

export interface CompiledRule {
  readonly rule: Rule;
  readonly conditions: readonly CompiledCondition[];
  /** Whether a condition asks for stateful requests; without one the rule lets them pass by. */
  readonly namesStateful: boolean;
  /** The candidates with a share above zero and their buckets; a bucket of none is stable's. */
  readonly slices: readonly Slice[];
  readonly rest: Decision;
}

/** Buckets that go to a candidate. */
export interface Slice extends CandidateDecision, Range {}

export interface CandidateDecision {
  readonly cutKey: string;
  readonly decision: Decision;
  /** What is decided instead while the candidate is cut. */
  readonly whenCut: Decision;
}

/** Never fails: rules that cannot be built are refused when they are read. */
export function compile(rules: Rules, revision: number): Table {
  return atOnce(compiling(rules, revision));
}

/** The same, one route at a time. */
export function* compiling(rules: Rules, revision: number): Generator<undefined, Table> {
  const entries: Entry[] = [];
  const routes: CompiledRoute[] = [];
  const customerTypes = new Set([rules.customers.defaultType, ...rules.customers.types].map(toBytes));
  const headers = new Set<string>();
  for (const [place, route] of rules.routes.entries()) {
    routes.push(compileRoute(route));
    for (const { path, conditions } of route.match) {
      const where = path === undefined ? undefined : toBytes(path);
      entries.push({
        order: entries.length,
        path: where,
        conditions: compileConditions(conditions),
        route: place,
      });
    }
    noteNames(rules, route, customerTypes, headers);
    yield;
  }
  return {
    revision,
    routes,
    customers: rules.customers,
    customerTypes,
    index: yield* indexing(entries),
    namedHeaders: [...headers].slice(0, MOST_HEADERS),
  };
}

export function atOnce<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

export function compileRoute(route: Route): CompiledRoute {
  const first = route.candidates[0];
  return {
    route,
    salt: toBytes(route.salt),
    rules: route.rules.map((rule) => ({
      rule,
      conditions: compileConditions(rule.when),
      namesStateful: rule.when.some(({ fact }) => fact === "stateful"),
      slices: slicesOf(route, rule),
      rest: stableDecision(route, rule, "rest"),
    })),
    noRule: stableDecision(route, undefined, "no rule"),
    stateful: stableDecision(route, undefined, "stateful"),
    override: route.override === false ? undefined : compileConditions(route.override),
    always: first && candidateDecision(route, first, undefined, "override"),
    never: stableDecision(route, undefined, "override"),
  };
}

function stableDecision(route: Route, rule: Rule | undefined, reason: Reason): Decision {
  const version = route.stable;
  return Object.freeze({
    route,
    rule,
    version,
    track: "stable",
    reason,
    shadow: shadowBeside(route, rule, version, reason),
  });
}

/** Nobody is shadowed by itself, and what builds on a version's own files not at all. */
function shadowBeside(route: Route, rule: Rule | undefined, version: Version, reason: Reason): ShadowPlan | undefined {
  const plan = reason === "stateful" ? undefined : shadowPlan(route, rule);
  return plan?.version.version === version.version ? undefined : plan;
}

function candidateDecision(route: Route, version: Version, rule: Rule | undefined, reason: Reason): CandidateDecision {
  const whenCut = stableDecision(route, rule, "cut");
  const whenFailed = stableDecision(route, rule, "fallback");
  const shadow = shadowBeside(route, rule, version, reason);
  return {
    cutKey: cutKey(route.name, version.version),
    decision: Object.freeze({ route, rule, version, track: "candidate", reason, shadow, whenCut, whenFailed }),
    whenCut,
  };
}

/** The buckets of each candidate that the rule gives something, in the order of the candidates. */
export function slicesOf(route: Route, rule: Rule): Slice[] {
  const points = route.candidates.map(
    ({ version }) => rule.shares.find((share) => share.version === version)?.points ?? 0,
  );
  const ranges = layOut(points);
  return route.candidates.flatMap((version, i) => {
    const own = ranges[i] ?? [];
    if (own.length === 0) return [];
    const decided = candidateDecision(route, version, rule, "share");
    return own.map((range) => ({ ...decided, ...range }));
  });
}

/** What conditions name: types, and headers but for those that tell who somebody is, or a secret. */
function noteNames(rules: Rules, route: Route, types: Set<string>, headers: Set<string>): void {
  const hidden = hiddenFacts(rules.customers, route);
  for (const condition of conditionsOf(route)) {
    if (condition.fact === "header" && !hidden.has(`header ${condition.name}`)) headers.add(condition.name);
    if (condition.fact !== "customerType") continue;
    for (const value of condition.values) if (!value.includes("*")) types.add(toBytes(value));
  }
}

function conditionsOf(route: Route): readonly Condition[] {
  return [route.match.flatMap((m) => m.conditions), route.rules.flatMap((r) => r.when), route.override || []].flat();
}
