import { MODALITIES } from "../inference/modality.ts";
import { AUTO_CUT } from "../routing/auto-cut.ts";
import type { CutSlice } from "../routing/cuts.ts";
import type { Route, Version } from "../routing/rules.ts";
import { ByVersion } from "./by-version.ts";
import type { Bad } from "./guard.ts";
import { evidenceAboveFloor, evidenceBelowFloor } from "./sequential-floor.ts";

/** What is thought of how often a shadow agrees with what clients got. */
export interface AgreementVerdict {
  readonly verdict: "good" | "bad" | "not enough data";
  readonly pairs: number;
  readonly agreed: number;
  readonly sentence: string;
}

/** As the guard's: it lets a ramp go on, under the guard's eyes. */
const GOOD_LEVEL = Math.log(20);
/** So many pairs elsewhere show whether a trouble is of one modality alone. */
const ENOUGH_ELSEWHERE = 5;
/** 100 % would be broken by the first difference, whatever its reason: one in ten thousand is always tolerated. */
const LEAST_FLOOR = 1e-4;

/**
 * Whether a shadow surely disagrees more often than is tolerated: the e-process against a rate that `sequential-floor` has for
 * failures, so one may look after every pair. It is asked of all pairs with half of the chance of a false alarm, and of each
 * modality with its part of the other half.
 */
export class Agreements {
  private readonly onBad: (bad: Bad) => void;
  /** By route and version. */
  private readonly shadows = new ByVersion<Seen>();

  /** `onBad` is cheap, synchronous and never throws. */
  constructor(onBad: (bad: Bad) => void) {
    this.onBad = onBad;
  }

  /** Two answers were compared. */
  note(route: Route, version: string, modality: string, agreed: boolean): void {
    if (route.compare?.least === undefined) return;
    const seen = this.seenOf(route.name, version);
    const { own } = pairsOf(seen, modality);
    own[PAIRS] = (own[PAIRS] ?? 0) + 1;
    if (agreed) return;
    own[DISAGREED] = (own[DISAGREED] ?? 0) + 1;
    this.judge(route, version, seen, modality);
  }

  /** What this replica has compared, by modality. */
  *sums(route: string, version: string): Iterable<readonly [modality: string, sums: Float64Array]> {
    for (const [modality, { own }] of this.seenOf(route, version).byModality) yield [modality, own];
  }

  /** What all other replicas have compared, added up; it takes the place of what they had before. */
  hear(route: Route, version: string, modality: string, sums: Float64Array): void {
    const seen = this.seenOf(route.name, version);
    pairsOf(seen, modality).others = sums;
    this.judge(route, version, seen, modality);
  }

  /** undefined: nobody judges it. */
  verdict(route: Route, version: string): AgreementVerdict | undefined {
    const least = route.compare?.least;
    if (least === undefined) return undefined;
    const { byModality, told } = this.seenOf(route.name, version);
    const all = sum(byModality.values());
    const isShadow = [route, ...route.rules].some(({ shadow }) => shadow?.version === version);
    if (!isShadow && all.pairs === 0) return undefined;
    const floor = floorOf(least);
    const isGood = evidenceBelowFloor(all.pairs, all.disagreed, floor) >= GOOD_LEVEL;
    const verdict = told.size > 0 ? "bad" : isGood ? "good" : "not enough data";
    return {
      verdict,
      pairs: all.pairs,
      agreed: all.pairs - all.disagreed,
      sentence: sentenceOf(all, least, undefined),
    };
  }

  /** Begins anew with a version. */
  forget(route: string, version: string): void {
    this.shadows.delete(route, version);
  }

  /** Forgets what has left the rules. */
  keep(routes: readonly Route[]): void {
    this.shadows.keep(routes, versionsAside);
  }

  private judge(route: Route, version: string, seen: Seen, modality: string): void {
    const least = route.compare?.least;
    if (least === undefined) return;
    const slice = sliceThatIsBad(seen, modality, route, least);
    const key = JSON.stringify(slice ?? null);
    if (slice === undefined || seen.told.has(key) || seen.told.has(WHOLE)) return;
    seen.told.add(key);
    const about = sum(slice.modality === undefined ? seen.byModality.values() : [pairsOf(seen, modality)]);
    const why = sentenceOf(about, least, slice.modality);
    this.onBad({ route: route.name, version, ...slice, why, observeOnly: route.autoCut?.observeOnly === true });
  }

  private seenOf(route: string, version: string): Seen {
    const seen = this.shadows.get(route, version) ?? { byModality: new Map(), told: new Set() };
    this.shadows.set(route, version, seen);
    return seen;
  }
}

/** Those that may be a route's shadows, now or before they answered anybody. */
export function versionsAside({ candidates, sandbox = [] }: Route): readonly Version[] {
  return [...candidates, ...sandbox];
}

interface Counts {
  pairs: number;
  disagreed: number;
}

/** Where in sums the pairs are counted, and those that disagree. */
const PAIRS = 0;
const DISAGREED = 1;

interface Pairs {
  readonly own: Float64Array;
  /** What all other replicas have, added up. */
  others: ArrayLike<number>;
}

interface Seen {
  readonly byModality: Map<string, Pairs>;
  /** Slices that were told of, as JSON. */
  readonly told: Set<string>;
}

const NONE = new Float64Array(2);
const WHOLE = JSON.stringify({});

function sliceThatIsBad(seen: Seen, modality: string, route: Route, least: number): CutSlice | undefined {
  const { confidence, minRequests } = route.autoCut ?? AUTO_CUT;
  const floor = floorOf(least);
  const half = (1 - confidence) / 2;
  const isBad = ({ pairs, disagreed }: Counts, falseAlarm: number) =>
    pairs >= minRequests && evidenceAboveFloor(pairs, disagreed, floor) >= Math.log(1 / falseAlarm);
  const all = sum(seen.byModality.values());
  const own = sum([pairsOf(seen, modality)]);
  const elsewhere = { pairs: all.pairs - own.pairs, disagreed: all.disagreed - own.disagreed };
  const isWellElsewhere = elsewhere.pairs >= ENOUGH_ELSEWHERE && elsewhere.disagreed <= floor * elsewhere.pairs;
  const ofModality = isBad(own, half / (MODALITIES.length + 1));
  if (!ofModality && !isBad(all, half)) return undefined;
  return isWellElsewhere ? { modality } : {};
}

function floorOf(least: number): number {
  return Math.max(LEAST_FLOOR, 1 - least);
}

function pairsOf({ byModality }: Seen, modality: string): Pairs {
  const pairs = byModality.get(modality) ?? { own: new Float64Array(2), others: NONE };
  byModality.set(modality, pairs);
  return pairs;
}

function sum(all: Iterable<Pairs>): Counts {
  const total = { pairs: 0, disagreed: 0 };
  for (const { own, others } of all) {
    total.pairs += (own[PAIRS] ?? 0) + (others[PAIRS] ?? 0);
    total.disagreed += (own[DISAGREED] ?? 0) + (others[DISAGREED] ?? 0);
  }
  return total;
}

function sentenceOf({ pairs, disagreed }: Counts, least: number, modality: string | undefined): string {
  if (pairs === 0) return "No answers have been compared yet.";
  const of = modality === undefined ? "" : ` of ${modality}`;
  const part = Number(((100 * (pairs - disagreed)) / pairs).toFixed(1));
  const wanted = Number((100 * least).toFixed(2));
  return `${part} % of ${pairs} answers${of} agree with what clients got; at least ${wanted} % are to.`;
}
