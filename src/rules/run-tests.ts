import { BUCKETS } from "../routing/bucket.ts";
import { NO_CUTS } from "../routing/cuts.ts";
import { decide } from "../routing/decide.ts";
import { type Decision, NO_RULE } from "../routing/decision.ts";
import { explain, explainIn } from "../routing/explain.ts";
import { because } from "../routing/explain-words.ts";
import type { Facts } from "../routing/facts.ts";
import { findRoute } from "../routing/path-index.ts";
import type { Route, Rules, RuleTest, Source } from "../routing/rules.ts";
import { type CompiledRoute, compile, type Table } from "../routing/table.ts";
import { GivenFacts } from "./given-facts.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { At } from "./route.ts";
import { asCode, shown } from "./rule-error.ts";
import { closest, listed } from "./suggestion.ts";

/** How many rules are tried for the tests of one document: a hostile one is not worth more than some 100 ms. */
const MOST_TRIED = 2_000_000;
const REPAIR = "Change the rules, or what the test expects.";

interface Budget {
  left: number;
}

/** Refuses rules that decide otherwise than their own tests expect. Nothing is cut while they run. */
export function refuseFailing(reading: Reading, rules: Rules, tests: readonly At<RuleTest>[]): void {
  if (tests.length === 0) return;
  const table = compile(rules, 0);
  const budget = { left: MOST_TRIED };
  for (const { place, read } of tests) {
    if (budget.left < 0) {
      reading.refuse(place, "The tests up to this one are too much work: write fewer, or say `at` in them.");
      return;
    }
    const compiled = table.routes.find(({ route }) => route.name === read.route);
    if (compiled === undefined) {
      const names = rules.routes.map(({ name }) => name);
      refuseUnknown(reading, child(place, "route"), "There is no route", read.route, names);
    } else if (areKnown(reading, place, read, compiled.route)) {
      const why = failure(table, compiled, read, budget);
      if (why !== undefined) reading.noteFailing(place, why);
    }
  }
}

function areKnown(reading: Reading, place: Place, { expect, rule }: RuleTest, route: Route): boolean {
  const before = reading.mistakes.length;
  const versions = ["stable", "candidate", ...[route.stable, ...route.candidates].map(({ version }) => version)];
  if (!versions.includes(expect)) {
    refuseUnknown(reading, child(place, "expect"), "The route has no version", expect, versions);
  }
  const names = [...route.rules.map(({ name }) => name), NO_RULE];
  if (rule !== undefined && !names.includes(rule)) {
    refuseUnknown(reading, child(place, "rule"), "The route has no rule", rule, names);
  }
  return reading.mistakes.length === before;
}

function refuseUnknown(reading: Reading, place: Place, what: string, name: string, known: readonly string[]): void {
  const meant = closest(name, known);
  const repair = meant === undefined ? `: there is ${listed(known)}.` : `: did you mean ${shown(meant)}?`;
  reading.refuse(place, `${what} ${shown(name)}${repair}`);
}

/** What is wrong; undefined: the test holds. */
function failure(table: Table, compiled: CompiledRoute, test: RuleTest, budget: Budget): string | undefined {
  const { given } = test;
  const facts = new GivenFacts(given, compiled.route, table.customers);
  const draw = () => given.bucket ?? 0;
  const found = given.path === undefined ? compiled : findRoute(table, facts);
  if (found !== compiled) {
    const where = found === undefined ? "no route" : `the route ${asCode(found.route.name)}`;
    const near = found === undefined ? explain(table, facts, NO_CUTS, draw).words.slice(1, 4) : [];
    return [`The test fails. The request goes to ${where}, not to ${asCode(test.route)}.`, ...near, REPAIR].join(" ");
  }
  const route = { ...compiled, route: { ...compiled.route, stickyBy: stickyBy(test, compiled.route) } };
  const times = given.at === undefined ? [0, ...timesOf(compiled.route)] : [given.at];
  const byTime = times.map((now) => {
    if (budget.left < 0) return true;
    facts.now = now;
    return outcomeOf(route, facts, test, budget);
  });
  if (byTime.includes("drawn")) {
    return "Where this request goes is drawn, because it has nothing to be sticky by: give the test a `key`, or a `bucket`.";
  }
  if (byTime.every((is) => is)) return undefined;
  if (byTime.includes(true)) {
    return "Where this request goes depends on when it comes: write that in the test, such as `at: 2026-12-01T08:00Z`.";
  }
  return `The test fails. ${because(explainIn(table.customers, route, facts, NO_CUTS, draw))} ${REPAIR}`;
}

/** Whether it goes where it is expected; `drawn`: now and then. */
function outcomeOf(route: CompiledRoute, facts: Facts, test: RuleTest, budget: Budget): boolean | "drawn" {
  let drawn = false;
  const decideAt = (bucket: number): Decision => {
    budget.left -= route.rules.length;
    return decide(route, facts, NO_CUTS, () => {
      drawn = test.given.bucket === undefined;
      return bucket;
    });
  };
  const decision = decideAt(test.given.bucket ?? 0);
  const first = isExpected(test, decision);
  if (!drawn || budget.left < 0) return first;
  const slices = route.rules.find(({ rule }) => rule === decision.rule)?.slices ?? [];
  const bounds = slices.flatMap(({ from, to }) => [from, to]).filter((bucket) => bucket < BUCKETS);
  return bounds.every((bucket) => isExpected(test, decideAt(bucket)) === first) ? first : "drawn";
}

/** A key stands in the place of what the route is sticky by, and a bucket in that of any key. */
function stickyBy({ given }: RuleTest, { stickyBy }: Route): readonly Source[] {
  if (given.bucket !== undefined) return [];
  return given.key !== undefined && stickyBy.length === 0 ? [{ from: "session" }] : stickyBy;
}

/** The moments at which a rule begins or ends to hold. */
function timesOf({ rules }: Route): readonly number[] {
  return rules.flatMap(({ between }) => (between === undefined ? [] : [between.from, between.until]));
}

function isExpected({ expect, rule }: RuleTest, decision: Decision): boolean {
  if (rule !== undefined && rule !== (decision.rule?.name ?? NO_RULE)) return false;
  const isTrack = expect === "stable" || expect === "candidate";
  return expect === (isTrack ? decision.track : decision.version.version);
}
