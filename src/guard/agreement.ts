import { MODALITIES } from "../inference/modality.ts";
import { AUTO_CUT } from "../routing/auto-cut.ts";
import type { CutSlice, CutTarget } from "../routing/cuts.ts";
import type { Route } from "../routing/rules.ts";
import { evidenceAboveFloor, evidenceBelowFloor } from "./sequential-floor.ts";

/** A version answers otherwise than is tolerated. Said once of a version and once of each modality, until `forget`. */
export interface Disagreeing extends CutTarget {
  readonly why: string;
}

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
  /** By route and version. */
  private readonly shadows = new Map<string, Map<string, Seen>>();

  /** Two answers were compared. @returns what is bad, if that is news. */
  note(route: Route, version: string, modality: string, agreed: boolean): Disagreeing | undefined {
    const least = route.compare?.least;
    if (least === undefined) return undefined;
    const seen = this.seenOf(route.name, version);
    const own = seen.byModality.get(modality) ?? { pairs: 0, disagreed: 0 };
    seen.byModality.set(modality, own);
    own.pairs++;
    if (agreed) return undefined;
    own.disagreed++;
    const slice = sliceThatIsBad(seen, modality, route, least);
    const key = JSON.stringify(slice ?? null);
    if (slice === undefined || seen.told.has(key) || seen.told.has(WHOLE)) return undefined;
    seen.told.add(key);
    const about = slice.modality === undefined ? sum(seen.byModality.values()) : own;
    return { route: route.name, version, ...slice, why: sentenceOf(about, least, slice.modality) };
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
    this.shadows.get(route)?.delete(version);
  }

  private seenOf(route: string, version: string): Seen {
    const versions = this.shadows.get(route) ?? new Map<string, Seen>();
    this.shadows.set(route, versions);
    const seen = versions.get(version) ?? { byModality: new Map(), told: new Set() };
    versions.set(version, seen);
    return seen;
  }
}

interface Counts {
  pairs: number;
  disagreed: number;
}

interface Seen {
  readonly byModality: Map<string, Counts>;
  /** Slices that were told of, as JSON. */
  readonly told: Set<string>;
}

const WHOLE = JSON.stringify({});

function sliceThatIsBad(seen: Seen, modality: string, route: Route, least: number): CutSlice | undefined {
  const { confidence, minRequests } = route.autoCut ?? AUTO_CUT;
  const floor = floorOf(least);
  const half = (1 - confidence) / 2;
  const isBad = ({ pairs, disagreed }: Counts, falseAlarm: number) =>
    pairs >= minRequests && evidenceAboveFloor(pairs, disagreed, floor) >= Math.log(1 / falseAlarm);
  const all = sum(seen.byModality.values());
  const own = seen.byModality.get(modality) ?? all;
  const elsewhere = { pairs: all.pairs - own.pairs, disagreed: all.disagreed - own.disagreed };
  const isWellElsewhere = elsewhere.pairs >= ENOUGH_ELSEWHERE && elsewhere.disagreed <= floor * elsewhere.pairs;
  const ofModality = isBad(own, half / (MODALITIES.length + 1));
  if (!ofModality && !isBad(all, half)) return undefined;
  return isWellElsewhere ? { modality } : {};
}

function floorOf(least: number): number {
  return Math.max(LEAST_FLOOR, 1 - least);
}

function sum(all: Iterable<Counts>): Counts {
  const total = { pairs: 0, disagreed: 0 };
  for (const { pairs, disagreed } of all) {
    total.pairs += pairs;
    total.disagreed += disagreed;
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
