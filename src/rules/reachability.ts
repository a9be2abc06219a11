import type { CompiledCondition } from "../routing/matcher.ts";
import { type Budget, covers, ofMatch, ofRule, type Taken } from "./covers.ts";
import { child, type Place, textAt } from "./place.ts";
import type { Reading } from "./reading.ts";
import type { ReadRoute } from "./route.ts";
import { asCode } from "./rule-error.ts";

/** What a rule or an entry of `match` takes, and where it is written. */
interface Claim extends Taken {
  readonly place: Place;
  /** What the message calls it. */
  readonly called: string;
}

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
    return match.map((entry): Claim => ({ place: entry.place, ...ofMatch(entry.read), called }));
  });
  for (const [entry, by] of covered(entries, budget)) {
    reading.refuse(
      entry.place,
      `No request reaches this entry: ${by.called} above takes them all. Move this one up, or delete it.`,
    );
  }
  for (const { rules } of routes) {
    const claims = rules.map(({ place, read }): Claim => {
      return { place, ...ofRule(read), called: `the rule ${asCode(read.name)}` };
    });
    for (const [rule, by] of covered(claims, budget)) {
      reading.refuse(
        rule.place,
        `No request reaches this rule: ${by.called} above takes them all. Move this one up, or delete it.`,
      );
    }
  }
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
