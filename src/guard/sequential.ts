import type { Signal } from "../routing/auto-cut.ts";
import { evidenceAbove, evidenceBelow, RATIOS, ratioIndex, ratioRange } from "./sequential-curve.ts";
import { evidenceAboveFloor, evidenceBelowFloor } from "./sequential-floor.ts";
import { growthOfFloor, growthOfRatio } from "./sequential-growth.ts";
import { sentenceOf } from "./sequential-words.ts";
import type { Tally } from "./tallies.ts";

/** What is asked of a tally. */
export interface Terms {
  readonly signal: Signal;
  /** How many times stable's odds are tolerated, from 1. */
  readonly tolerance: number;
  /** A rate that is harmless whatever stable's is; 0: there is none such. */
  readonly floor: number;
  /** Below so many requests of the candidate there is not enough data. */
  readonly minRequests: number;
  /** The chance that one of the tests finds a candidate bad that is within the tolerance; 0 to 1. */
  readonly falseAlarm: number;
  /** How many tests share that chance: signals times slices. */
  readonly tests: number;
}

/** How fast requests come now, for what a verdict would take in time. */
export interface Pace {
  /** The candidate's requests per second. */
  readonly perSecond: number;
  /** The candidate's part of all requests, 0 to 1. */
  readonly share: number;
}

export interface Judgement {
  readonly signal: Signal;
  readonly verdict: "good" | "bad" | "not enough data";
  readonly candidate: Counted;
  readonly stable: Counted;
  /** How strongly it is `bad`: the e-value, at most 1e300; 1 and less says nothing. `needed` is a verdict. */
  readonly eValue: number;
  readonly needed: number;
  /** Between how many times stable's odds the candidate's surely lie; 0 and Infinity: not known. */
  readonly ratio: { readonly low: number; readonly high: number };
  /** The candidate has more of this than is harmless, but so has stable: nothing to cut, something to look at. */
  readonly bothBad: boolean;
  /** Nearly all of it happened to one caller, who may be the reason: no verdict but `good`. */
  readonly oneCallers: boolean;
  /** About how many more requests of the candidate a verdict takes, if all goes on so; undefined: not to be foreseen. */
  readonly needs: number | undefined;
  readonly sentence: string;
}

export interface Counted {
  readonly requests: number;
  /** Those that failed, were slow, … */
  readonly events: number;
}

/** "Good" may be wrong once in twenty times: it lets a ramp go on, under the guard's eyes. */
const GOOD_LEVEL = Math.log(20);
/** A candidate is good when it surely has less than so many times of what is tolerated. */
const GOOD_WITHIN = 2;

/** Whether the verdict is `bad`, and no more: cheap enough to ask after every request. */
export function isBad(tally: Tally, terms: Terms): boolean {
  const { candidateTrials, candidateEvents, curve } = tally;
  if (candidateTrials < terms.minRequests || tally.areOneCallers) return false;
  const level = badLevel(terms);
  if (evidenceAbove(curve, ratioIndex(terms.tolerance)) < level) return false;
  return terms.floor === 0 || evidenceAboveFloor(candidateTrials, candidateEvents, terms.floor) >= level;
}

/** The evidence, as a logarithm, that makes a candidate bad. */
function badLevel({ tests, falseAlarm }: Terms): number {
  return Math.log(tests / falseAlarm);
}

/**
 * Whether the candidate is worse than is tolerated. It is `bad` when both are refuted: that its odds are within the tolerance of
 * stable's, and that its rate is below the floor; since both must be, no allowance is made for there being two. It is `good`
 * when the mean of the evidence against "twice what is tolerated, or more" and against "the floor, or more" is enough.
 */
export function judge(tally: Tally, terms: Terms, pace: Pace | undefined): Judgement {
  const { candidateTrials, candidateEvents, curve } = tally;
  const { floor } = terms;
  const tolerated = ratioIndex(terms.tolerance);
  const tooMuch = ratioIndex((RATIOS[tolerated] ?? 1) * GOOD_WITHIN);
  const level = badLevel(terms);

  const above = evidenceAbove(curve, tolerated);
  const aboveFloor = floor > 0 ? evidenceAboveFloor(candidateTrials, candidateEvents, floor) : Number.POSITIVE_INFINITY;
  const below = evidenceBelow(curve, tooMuch);
  const belowFloor = floor > 0 ? evidenceBelowFloor(candidateTrials, candidateEvents, floor) : Number.NEGATIVE_INFINITY;
  const good = Math.max(below, belowFloor) + Math.log1p(Math.exp(-Math.abs(below - belowFloor))) - Math.LN2;

  const enough = candidateTrials >= terms.minRequests;
  const bad = isBad(tally, terms);
  const verdict = bad ? "bad" : enough && good >= GOOD_LEVEL ? "good" : "not enough data";
  const without = {
    signal: terms.signal,
    verdict,
    candidate: { requests: candidateTrials, events: candidateEvents },
    stable: { requests: tally.stableTrials, events: tally.stableEvents },
    eValue: Math.min(1e300, Math.exp(Math.min(above, aboveFloor))),
    needed: Math.exp(level),
    ratio: ratioRange(curve, level),
    oneCallers: tally.areOneCallers,
    bothBad: !bad && floor > 0 && aboveFloor >= level && stableIsBad(tally, floor),
    needs: verdict === "not enough data" ? needed() : undefined,
  } as const;
  return { ...without, sentence: sentenceOf(without, terms, pace) };

  function needed(): number | undefined {
    const toRatio = (wanted: number, evidence: number, at: number, growsAbove: boolean): number => {
      const growth = growthOfRatio(tally, RATIOS[at] ?? 1, growsAbove);
      return growth > 0 ? (wanted - evidence) / growth : Number.POSITIVE_INFINITY;
    };
    const toFloor = (wanted: number, evidence: number, growsAbove: boolean): number => {
      const growth = floor > 0 ? growthOfFloor(tally, floor, growsAbove) : 0;
      return growth > 0 ? (wanted - evidence) / growth : Number.POSITIVE_INFINITY;
    };
    const toBad = Math.max(
      toRatio(level, above, tolerated, true),
      aboveFloor >= level ? 0 : toFloor(level, aboveFloor, true),
    );
    const toGood = Math.min(
      toRatio(GOOD_LEVEL + Math.LN2, below, tooMuch, false),
      toFloor(GOOD_LEVEL + Math.LN2, belowFloor, false),
    );
    const more = Math.max(Math.min(toBad, toGood), terms.minRequests - candidateTrials, 1);
    return Number.isFinite(more) ? more : undefined;
  }
}

function stableIsBad(tally: Tally, floor: number): boolean {
  return tally.stableTrials > 0 && tally.stableEvents / tally.stableTrials > floor;
}
