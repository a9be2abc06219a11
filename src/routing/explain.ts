import { bucketOf } from "./bucket.ts";
import { toText } from "./bytes.ts";
import { type Change, changesOf } from "./changes.ts";
import { type CutSlice, type Cuts, isHit } from "./cuts.ts";
import { candidateInPlace, decide, isNow, ruleFor } from "./decide.ts";
import { type Decision, NO_RULE, type Track } from "./decision.ts";
import { wordsOf } from "./explain-words.ts";
import type { Facts, Unread } from "./facts.ts";
import { hiddenFacts } from "./hidden-facts.ts";
import { compileConditions, factOf, holds } from "./matcher.ts";
import { findRoute } from "./path-index.ts";
import { planText } from "./ramp.ts";
import type { Condition, Customers, Match, Rule } from "./rules.ts";
import { isShadowCut, isShadowed } from "./shadow.ts";
import { sourceText } from "./source-text.ts";
import type { CompiledRoute, CompiledRule, Table } from "./table.ts";

/** A decision and the way to it, in names, numbers and words: nothing that was secret in the rules or the request. */
export interface Explanation {
  /** undefined: no route matches. */
  readonly decision: Decided | undefined;
  /** The entries of `match` whose path fits, in the document's order, up to the one that holds. */
  readonly entries: readonly TriedEntry[];
  /** What `x-canary` asked for, where the route hears it. */
  readonly override: "always" | "never" | undefined;
  /** Why rules do not know all that the body says; undefined: they do, or do not ask. */
  readonly unread: Unread | undefined;
  /** In the document's order, up to the one that decides. */
  readonly rules: readonly TriedRule[];
  /** undefined: the request has no sticky key, and the decision needed no draw. */
  readonly bucket: BucketTrail | undefined;
  /** The plan by which the share of the deciding rule rises, and what it gives now; undefined: it has none. */
  readonly ramp: { readonly plan: string; readonly points: number } | undefined;
  /** What may get a copy of the request, if it is one that may be asked twice; undefined: nothing. */
  readonly shadow: ShadowTrail | undefined;
  /** Each of them alone keeps the request from the candidate. */
  readonly cuts: readonly CutSlice[];
  /** What would bring the request to the other track; each is enough by itself. */
  readonly changes: readonly Change[];
  /** The same in sentences. */
  readonly words: readonly string[];
}

/** A decision by its names. */
export interface Decided {
  readonly route: string;
  /** `none` where no rule held. */
  readonly rule: string;
  readonly version: string;
  readonly track: Track;
  readonly reason: Decision["reason"];
}

export interface TriedEntry {
  readonly route: string;
  /** Its place in the route's `match`, from 0. */
  readonly entry: number;
  /** Empty: it holds. */
  readonly misses: readonly Miss[];
}

export interface TriedRule {
  readonly rule: string;
  /** Empty: it holds, and decides. */
  readonly misses: readonly Miss[];
}

/** Why something does not hold. */
export interface Miss {
  /** `path`, `customerType`, `header x-tier`, `between`, `stateful`, … */
  readonly fact: string;
  readonly wanted: readonly string[];
  /** What the request has; undefined: nothing, or what may be a person's or a secret. */
  readonly found: string | undefined;
  readonly present: boolean;
}

/** What gets copies of such requests. */
export interface ShadowTrail {
  readonly version: string;
  /** How many do: points of 0.01 %. */
  readonly points: number;
  readonly cut: boolean;
  /** Whether this one does; undefined: it is drawn. */
  readonly copied: boolean | undefined;
}

/** Where the bucket came from, and whose buckets are whose. The key itself is nobody's business. */
export interface BucketTrail {
  readonly bucket: number;
  /** Such as `header:x-session-id`; undefined: none of `stickyBy` was there, and the bucket was drawn. */
  readonly source: string | undefined;
  /** The sources before it, which the request does not have. */
  readonly absent: readonly string[];
  /** Of the rule that decides: buckets `from` up to, not with, `to`; all others are stable's. */
  readonly slices: readonly {
    readonly version: string;
    readonly from: number;
    readonly to: number;
    readonly cut: boolean;
  }[];
}

/**
 * Decides as `decide` does and keeps the way. `facts` are those of the route that is found; `draw` gives a bucket to a
 * request without a sticky key, and is asked at most once.
 */
export function explain(table: Table, facts: Facts, cuts: Cuts, draw: () => number): Explanation {
  const route = findRoute(table, facts);
  const entries = triedEntries(table, facts, route);
  if (route === undefined) {
    const nothing = {
      decision: undefined,
      override: undefined,
      rules: [],
      bucket: undefined,
      ramp: undefined,
      shadow: undefined,
      cuts: [],
      changes: [],
    };
    const trail = { ...nothing, entries, unread: facts.unread };
    return { ...trail, words: wordsOf(trail) };
  }
  return explainIn(table.customers, route, facts, cuts, draw, entries);
}

/** The same for a request of which the route is known. */
export function explainIn(
  customers: Customers,
  route: CompiledRoute,
  facts: Facts,
  cuts: Cuts,
  draw: () => number,
  entries: readonly TriedEntry[] = [],
): Explanation {
  let drawn: number | undefined;
  const decision = decide(route, facts, cuts, () => {
    drawn = draw();
    return drawn;
  });
  const forced = decision.reason === "override" || decision === route.always?.whenCut;
  const tried = forced ? [] : triedRules(route, decision, facts, hiddenFacts(customers, route.route));
  const bucket = bucketTrail(route, decision.rule, facts, cuts, drawn);
  const hits = decision.reason === "cut" ? cutsThatHit(route, decision, facts, cuts, bucket) : [];
  const trail = {
    decision: decided(decision),
    entries,
    unread: facts.unread,
    override: forced ? askedBy(facts) : undefined,
    rules: tried.map(({ compiled, misses }) => ({ rule: compiled.rule.name, misses })),
    bucket,
    ramp: rampOf(decision),
    shadow: shadowTrail(decision, facts, cuts),
    cuts: hits,
    changes: changesOf({ route, decision, facts, cuts, tried, bucket, hits }),
  };
  return { ...trail, words: wordsOf(trail) };
}

export function decided({ route, rule, version, track, reason }: Decision): Decided {
  return { route: route.name, rule: rule?.name ?? NO_RULE, version: version.version, track, reason };
}

function rampOf({ rule }: Decision): Explanation["ramp"] {
  return rule?.ramp && { plan: planText(rule.ramp), points: rule.shares[0]?.points ?? 0 };
}

function shadowTrail(decision: Decision, facts: Facts, cuts: Cuts): ShadowTrail | undefined {
  const plan = decision.shadow;
  if (plan === undefined) return undefined;
  let drew = false;
  const isInShare = isShadowed(plan, decision, facts, () => {
    drew = true;
    return 0;
  });
  const cut = isShadowCut(plan, decision.rule, facts, cuts);
  return {
    version: plan.version.version,
    points: plan.shadow.points,
    cut,
    copied: cut ? false : drew ? undefined : isInShare,
  };
}

function askedBy(facts: Facts): "always" | "never" {
  return facts.canary === "never" ? "never" : "always";
}

function triedEntries(table: Table, facts: Facts, found: CompiledRoute | undefined): readonly TriedEntry[] {
  const tried: TriedEntry[] = [];
  for (const { route } of table.routes) {
    const hidden = hiddenFacts(table.customers, route);
    for (const [entry, match] of route.match.entries()) {
      if (!fits(match, facts)) continue;
      const misses = missesOf(match.conditions, facts, hidden);
      tried.push({ route: route.name, entry, misses });
      if (misses.length === 0 && route === found?.route) return tried;
    }
  }
  return tried;
}

function fits({ path }: Match, facts: Facts): boolean {
  if (path === undefined) return true;
  const [condition] = compileConditions([{ fact: "path", values: [path] }]);
  return condition !== undefined && holds(condition, facts);
}

export interface Tried {
  readonly compiled: CompiledRule;
  readonly misses: readonly Miss[];
}

function triedRules(
  route: CompiledRoute,
  decision: Decision,
  facts: Facts,
  hidden: ReadonlySet<string>,
): readonly Tried[] {
  const tried: Tried[] = [];
  for (const compiled of route.rules) {
    const { rule, namesStateful } = compiled;
    const misses: Miss[] = [];
    if (rule.between !== undefined && !isNow(rule.between, facts)) {
      misses.push({ fact: "between", wanted: timesOf(rule), found: timeText(facts.now), present: true });
    }
    misses.push(...missesOf(rule.when, facts, hidden));
    if (!namesStateful && facts.stateful) {
      misses.push({ fact: "stateful", wanted: ["false"], found: "true", present: true });
    }
    tried.push({ compiled, misses });
    if (decision.rule === rule) break;
  }
  return tried;
}

function timesOf({ between }: Rule): readonly string[] {
  return between === undefined ? [] : [timeText(between.from), timeText(between.until)];
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/(:00)?\.000Z$/, "Z");
}

function missesOf(conditions: readonly Condition[], facts: Facts, hidden: ReadonlySet<string>): readonly Miss[] {
  return compileConditions(conditions).flatMap((compiled): Miss[] => {
    if (holds(compiled, facts)) return [];
    const found = factOf(compiled, facts);
    const fact = compiled.name === "" ? compiled.fact : `header ${compiled.name}`;
    const wanted = [...compiled.exact, ...compiled.globs].map(toText);
    const shown = found === undefined || hidden.has(fact) ? undefined : toText(found);
    return [{ fact, wanted, found: shown, present: found !== undefined }];
  });
}

function cutsThatHit(
  route: CompiledRoute,
  decision: Decision,
  facts: Facts,
  cuts: Cuts,
  trail: BucketTrail | undefined,
): readonly CutSlice[] {
  const holds = ruleFor(route, facts);
  const rule = typeof holds === "object" ? holds.rule.name : undefined;
  const candidate = candidateInPlace(route, decision, trail?.bucket);
  return (cuts.get(candidate?.cutKey ?? "") ?? []).filter((slice) => isHit(slice, rule, facts));
}

function bucketTrail(
  { route, salt, rules }: CompiledRoute,
  rule: Rule | undefined,
  facts: Facts,
  cuts: Cuts,
  drawn: number | undefined,
): BucketTrail | undefined {
  const slices = (rules.find((one) => one.rule === rule)?.slices ?? []).map(({ decision, from, to, cutKey }) => {
    const cut = (cuts.get(cutKey) ?? []).some((slice) => isHit(slice, rule?.name, facts));
    return { version: decision.version.version, from, to, cut };
  });
  const absent: string[] = [];
  for (const source of route.stickyBy) {
    const key = facts.value(source);
    if (key !== undefined && key !== "") {
      return { bucket: bucketOf(salt, key), source: sourceText(source), absent, slices };
    }
    absent.push(sourceText(source));
  }
  return drawn === undefined ? undefined : { bucket: drawn, source: undefined, absent, slices };
}
