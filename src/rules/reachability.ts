import { type CompiledCondition, compileConditions, matchesGlob } from "../routing/matcher.ts";
import type { Condition, Match, Rule, Window } from "../routing/rules.ts";
import { child, type Place, textAt } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { ReadRoute } from "./route.ts";
import { asCode } from "./rule-error.ts";

/** What a rule or an entry of `match` takes, and where it is written. */
interface Claim {
  readonly place: Place;
  readonly conditions: readonly CompiledCondition[];
  /** When it takes them; undefined: at any time. */
  readonly between: Window | undefined;
  /** What the message calls it. */
  readonly called: string;
}

/** Every request has these, so `*` of them is no condition at all. */
const ALWAYS_PRESENT = new Set(["customerType", "modality", "method", "path"]);

/** How many values are compared for one document: a hostile one is not worth more than some 50 ms. */
const MOST_COMPARED = 500_000;

/**
 * Refuses what no request can reach, because something above it takes all of it. Only what is easily proven: one earlier
 * claim whose conditions all follow from the later one's.
 */
export function refuseUnreachable(reading: Reading, routes: readonly ReadRoute[]): void {
  const budget = { left: MOST_COMPARED };
  const entries = routes.flatMap(({ place, match }) => {
    const called = `an entry of the route ${asCode(textAt(child(place, "name")) ?? "?")}`;
    return match.map(
      (entry): Claim => ({ place: entry.place, conditions: conditionsOfMatch(entry.read), between: undefined, called }),
    );
  });
  for (const [entry, by] of covered(entries, budget)) {
    reading.refuse(
      entry.place,
      `No request reaches this entry: ${by.called} above takes them all. Move this one up, or delete it.`,
    );
  }
  for (const { rules } of routes) {
    const claims = rules.map(({ place, read }): Claim => {
      return {
        place,
        conditions: conditionsOfRule(read),
        between: read.between,
        called: `the rule ${asCode(read.name)}`,
      };
    });
    for (const [rule, by] of covered(claims, budget)) {
      reading.refuse(
        rule.place,
        `No request reaches this rule: ${by.called} above takes them all. Move this one up, or delete it.`,
      );
    }
  }
}

/** A path is one more condition; its prefix `/x/*` is a glob like any other. */
function conditionsOfMatch({ path, conditions }: Match): readonly CompiledCondition[] {
  const all: readonly Condition[] = path === undefined ? conditions : [{ fact: "path", values: [path] }, ...conditions];
  return compileConditions(all);
}

/** A rule that does not name stateful requests lets them pass by. */
function conditionsOfRule({ when }: Rule): readonly CompiledCondition[] {
  const named = when.some(({ fact }) => fact === "stateful");
  return compileConditions(named ? when : [...when, { fact: "stateful", values: ["false"] }]);
}

interface Budget {
  left: number;
}

/** The claims that one earlier claim takes whole, with that one. */
function covered(claims: readonly Claim[], budget: Budget): readonly (readonly [Claim, Claim])[] {
  const found: (readonly [Claim, Claim])[] = [];
  const index = new ClaimIndex(claims);
  for (const claim of claims) {
    const by = budget.left < 0 ? undefined : coveredBy(claim, index.suspects(claim), budget);
    // What a covered claim would cover is covered by the other one too.
    if (by === undefined) index.add(claim);
    else found.push([claim, by]);
  }
  return found;
}

function coveredBy(claim: Claim, suspects: Iterable<Claim>, budget: Budget): Claim | undefined {
  for (const suspect of suspects) {
    if (budget.left < 0) return undefined;
    if (covers(suspect, claim, budget)) return suspect;
  }
  return undefined;
}

/**
 * Earlier claims by one of their values, the rarest, so that ten thousand routes are not compared with each other. A claim
 * with an exact condition covers only what names one of its values for the same fact.
 */
class ClaimIndex {
  readonly #counts = new Map<string, number>();
  readonly #byValue = new Map<string, Claim[]>();
  /** Claims that only have globs: a few prefixes or a rule without a condition. */
  readonly #byPrefix = new Map<string, Claim[]>();
  readonly #others: Claim[] = [];

  constructor(claims: readonly Claim[]) {
    for (const { conditions } of claims) {
      for (const condition of conditions) {
        for (const key of keysOf(condition)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    }
  }

  add(claim: Claim): void {
    let best: readonly string[] | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const condition of claim.conditions) {
      if (condition.globs.length > 0) continue;
      const keys = keysOf(condition);
      const count = keys.reduce((most, key) => Math.max(most, this.#counts.get(key) ?? 0), 0);
      if (count < least) [best, least] = [keys, count];
    }
    if (best !== undefined) for (const key of best) push(this.#byValue, key, claim);
    else {
      const prefix = prefixOf(claim);
      if (prefix === undefined) this.#others.push(claim);
      else push(this.#byPrefix, prefix, claim);
    }
  }

  /** All earlier claims that may cover this one. */
  *suspects(claim: Claim): Iterable<Claim> {
    yield* this.#others;
    for (const condition of claim.conditions) {
      const [value] = condition.exact;
      const first = value ?? condition.globs[0] ?? "";
      if (value !== undefined) yield* this.#byValue.get(keyOf(condition, value)) ?? [];
      if (condition.fact !== "path") continue;
      for (let slash = first.indexOf("/"); slash >= 0; slash = first.indexOf("/", slash + 1)) {
        yield* this.#byPrefix.get(first.slice(0, slash + 1)) ?? [];
      }
    }
  }
}

function keysOf(condition: CompiledCondition): readonly string[] {
  return [...condition.exact].map((value) => keyOf(condition, value));
}

function keyOf({ fact, name }: CompiledCondition, value: string): string {
  return `${fact} ${name} ${value}`;
}

/** `/v1/` of the one path `/v1/*`. */
function prefixOf({ conditions }: Claim): string | undefined {
  for (const { fact, exact, globs } of conditions) {
    const [glob, second] = globs;
    if (fact !== "path" || exact.size > 0 || glob === undefined || second !== undefined) continue;
    if (glob.indexOf("*") === glob.length - 1 && glob.endsWith("/*")) return glob.slice(0, -1);
  }
  return undefined;
}

function push(map: Map<string, Claim[]>, key: string, claim: Claim): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [claim]);
  else list.push(claim);
}

/** Whether every request that the second takes is taken by the first; false also when it is too much work to tell. */
function covers(first: Claim, second: Claim, budget: Budget): boolean {
  if (!spans(first.between, second.between)) return false;
  return first.conditions.every((wide) => {
    if (wide.globs.includes("*") && ALWAYS_PRESENT.has(wide.fact)) return true;
    return second.conditions.some((narrow) => follows(wide, narrow, budget));
  });
}

function spans(wide: Window | undefined, narrow: Window | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && wide.from <= narrow.from && wide.until >= narrow.until;
}

/** Whether the wide condition holds wherever the narrow one does. */
function follows(wide: CompiledCondition, narrow: CompiledCondition, budget: Budget): boolean {
  budget.left -= 1;
  if (wide.fact !== narrow.fact || wide.name !== narrow.name) return false;
  const includes = (value: string) => {
    budget.left -= 1 + wide.globs.length;
    return wide.exact.has(value) || wide.globs.some((glob) => matchesGlob(glob, value));
  };
  if (budget.left < narrow.exact.size + narrow.globs.length) return false;
  // A glob that matches the text of another glob matches all that the other one does.
  return narrow.globs.every(includes) && [...narrow.exact].every(includes);
}
