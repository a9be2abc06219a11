import type { AutoCut, Signal } from "../routing/auto-cut.ts";
import type { Outcome } from "../routing/outcome.ts";
import { Breaker } from "./breaker.ts";
import { Slowness } from "./slowness.ts";
import { Block, Tally } from "./tallies.ts";

/** Who has answered; `stable instead`: after the candidate had failed. */
export type Answerer = "candidate" | "stable" | "stable instead";

/** What is known of a candidate's requests in one respect, beside stable's. */
export interface Counts {
  candidate: number;
  candidateEvents: number;
  stable: number;
  stableEvents: number;
}

/** The requests of one modality under one rule: a candidate's, beside stable's of the same kind. */
export class Cell {
  readonly rule: string;
  readonly modality: string;
  /** What this replica has seen. */
  readonly own = new Map<Signal, Tally>();
  /** What all others have. */
  readonly others = new Map<Signal, Tally>();
  private readonly blocks = new Map<Signal, Block>();
  private readonly firstByte = new Slowness();
  private readonly duration = new Slowness();
  private breaker: Breaker | undefined;
  /** The signals whose tallies the request that was noted last has changed. */
  readonly changed: Signal[] = [];

  constructor(rule: string, modality: string) {
    this.rule = rule;
    this.modality = modality;
  }

  /**
   * Counts a request that has ended; `changed` is then which tallies have changed.
   * @param caller a whole number that the same caller always has.
   * @returns why the breaker wants a cut; undefined: it does not.
   */
  note(of: Answerer, outcome: Outcome, caller: number, settings: AutoCut): string | undefined {
    const { status, firstByte, duration } = outcome;
    if (this.changed.length > 0) this.changed.length = 0;
    const ofCandidate = of === "candidate";
    const overload = isOverload(outcome);
    const failed = isFailure(outcome);
    const breaker = this.breakerOf(settings);
    if (!ofCandidate) breaker?.onStable(failed);
    if (of === "stable instead") return undefined;
    if (settings.failures !== undefined) this.noteSignal("failures", ofCandidate, failed, caller);
    if (settings.overload !== undefined) this.noteSignal("overload", ofCandidate, overload, caller);
    if (settings.refusals !== undefined) {
      this.noteSignal("refusals", ofCandidate, !overload && status >= 400 && status < 500, caller);
    }
    if (!failed && status < 400) {
      if (settings.firstByte !== undefined && firstByte !== undefined) {
        this.noteSignal("firstByte", ofCandidate, slow(this.firstByte, ofCandidate, firstByte), caller);
      }
      if (settings.duration !== undefined) {
        this.noteSignal("duration", ofCandidate, slow(this.duration, ofCandidate, duration), caller);
      }
    }
    return ofCandidate ? breaker?.onCandidate(failed, caller) : undefined;
  }

  private noteSignal(signal: Signal, ofCandidate: boolean, event: boolean, caller: number): void {
    if (this.count(signal, ofCandidate, event, caller)) this.changed.push(signal);
  }

  /** @returns whether what the test looks at has changed. */
  count(signal: Signal, ofCandidate: boolean, event: boolean, caller: number): boolean {
    const block = this.blocks.get(signal) ?? this.begin(signal);
    if (ofCandidate) block.tally.noteCaller(caller, event);
    return block.count(ofCandidate, event);
  }

  /** Whether any of the candidate's requests is known to have gone so. */
  hasEvents(signal: Signal): boolean {
    const { own, others } = this;
    return (own.get(signal)?.candidateEvents ?? 0) + (others.get(signal)?.candidateEvents ?? 0) > 0;
  }

  private begin(signal: Signal): Block {
    const block = new Block(new Tally());
    this.blocks.set(signal, block);
    this.own.set(signal, block.tally);
    return block;
  }

  /** Adds what is known of a signal, by this replica and the others. */
  addTo(sum: Tally, signal: Signal): void {
    for (const tallies of [this.own, this.others]) {
      const tally = tallies.get(signal);
      if (tally !== undefined) sum.add(tally.sums);
    }
  }

  /** Adds the same as plain counts, with what the test has not looked at yet. */
  countInto(counts: Counts, signal: Signal): void {
    const block = this.blocks.get(signal);
    if (block !== undefined) add(counts, block.candidate, block.candidateEvents, block.stable, block.stableEvents);
    for (const tallies of [this.own, this.others]) {
      const tally = tallies.get(signal);
      if (tally === undefined) continue;
      const { candidateTrials, candidateEvents, stableTrials, stableEvents } = tally;
      add(counts, candidateTrials, candidateEvents, stableTrials, stableEvents);
    }
  }

  private breakerOf({ inARow }: AutoCut): Breaker | undefined {
    if (this.breaker?.inARow !== inARow) this.breaker = inARow === undefined ? undefined : new Breaker(inARow);
    return this.breaker;
  }
}

function isOverload({ status }: Outcome): boolean {
  return status === 429 || status === 503 || status === 529;
}

/** Its own, and not for having too much to do. */
export function isFailure(outcome: Outcome): boolean {
  return outcome.failure !== undefined && !isOverload(outcome);
}

function add(into: Counts, candidate: number, candidateEvents: number, stable: number, stableEvents: number): void {
  into.candidate += candidate;
  into.candidateEvents += candidateEvents;
  into.stable += stable;
  into.stableEvents += stableEvents;
}

function slow(slowness: Slowness, ofCandidate: boolean, ms: number): boolean {
  const isSlow = slowness.isSlow(ms);
  if (!ofCandidate) slowness.learn(ms);
  return isSlow;
}
