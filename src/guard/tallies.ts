import { areOneCallers, PLACES } from "./callers.ts";
import { addBlock, RATIOS } from "./sequential-curve.ts";

const CANDIDATE_TRIALS = 0;
const CANDIDATE_EVENTS = 1;
const STABLE_TRIALS = 2;
const STABLE_EVENTS = 3;
const CURVE = 4;
const CALLERS = CURVE + RATIOS.length;
const CALLERS_EVENTS = CALLERS + PLACES;

/** So many numbers a tally is. */
const NUMBERS = CALLERS_EVENTS + PLACES;

/**
 * What is known of a candidate beside stable in one respect (failures, slowness, …), for one route, version and slice. All
 * of it is sums, so the tallies of replicas, or of slices, are put together by adding number to number, in any order.
 */
export class Tally {
  /** The whole tally, to be kept or sent; the meaning of each place is fixed. */
  readonly sums = new Float64Array(NUMBERS);
  /** `addBlock`'s curve: a view into `sums`. */
  readonly curve: Float64Array = this.sums.subarray(CURVE, CALLERS);
  /** Requests of the candidate by whose they are, and those of them that failed. */
  private readonly callers = this.sums.subarray(CALLERS, CALLERS_EVENTS);
  private readonly callersEvents = this.sums.subarray(CALLERS_EVENTS);

  /** Requests of the candidate that could fail. */
  get candidateTrials(): number {
    return this.sums[CANDIDATE_TRIALS] ?? 0;
  }

  /** Those that did. */
  get candidateEvents(): number {
    return this.sums[CANDIDATE_EVENTS] ?? 0;
  }

  get stableTrials(): number {
    return this.sums[STABLE_TRIALS] ?? 0;
  }

  get stableEvents(): number {
    return this.sums[STABLE_EVENTS] ?? 0;
  }

  /** Takes a block in: its counts, and what it says about the ratio. */
  addBlock(candidate: number, candidateEvents: number, stable: number, stableEvents: number): void {
    const { sums } = this;
    sums[CANDIDATE_TRIALS] = this.candidateTrials + candidate;
    sums[CANDIDATE_EVENTS] = this.candidateEvents + candidateEvents;
    sums[STABLE_TRIALS] = this.stableTrials + stable;
    sums[STABLE_EVENTS] = this.stableEvents + stableEvents;
    addBlock(this.curve, candidate, candidateEvents, stable, stableEvents);
  }

  /**
   * A request of the candidate's, and whose.
   * @param caller a whole number that the same caller always has.
   */
  noteCaller(caller: number, event: boolean): void {
    const place = caller % PLACES;
    this.callers[place] = (this.callers[place] ?? 0) + 1;
    if (event) this.callersEvents[place] = (this.callersEvents[place] ?? 0) + 1;
  }

  get areOneCallers(): boolean {
    return areOneCallers(this.callers, this.callersEvents);
  }

  /**
   * Adds another tally's `sums`.
   * @returns false: these are not the numbers of a tally (another version of the router wrote them), and nothing was added.
   */
  add(sums: ArrayLike<number>): boolean {
    if (sums.length !== NUMBERS) return false;
    for (let i = 0; i < NUMBERS; i++) if (!Number.isFinite(sums[i])) return false;
    for (let i = 0; i < NUMBERS; i++) this.sums[i] = (this.sums[i] ?? 0) + (sums[i] ?? 0);
    return true;
  }
}

/** So many requests a block has at least: shorter ones would know the share of the moment too roughly. */
const SHORTEST = 16;

/**
 * The requests of the last moments under one rule, candidate's and stable's. It is short so that what changes by the hour
 * holds for all of it; it ends by how many requests there are, never by how they went.
 */
export class Block {
  candidate = 0;
  candidateEvents = 0;
  stable = 0;
  stableEvents = 0;
  /** What it goes into when it is whole. */
  readonly tally: Tally;

  constructor(tally: Tally) {
    this.tally = tally;
  }

  /**
   * Counts a request; when that makes the block whole, it goes into the tally and the next one begins.
   * @returns whether the tally has changed.
   */
  count(ofCandidate: boolean, event: boolean): boolean {
    if (ofCandidate) {
      this.candidate++;
      if (event) this.candidateEvents++;
    } else {
      this.stable++;
      if (event) this.stableEvents++;
    }
    if (this.candidate === 0 || this.stable === 0 || this.candidate + this.stable < SHORTEST) return false;
    this.tally.addBlock(this.candidate, this.candidateEvents, this.stable, this.stableEvents);
    this.candidate = 0;
    this.candidateEvents = 0;
    this.stable = 0;
    this.stableEvents = 0;
    return true;
  }
}
