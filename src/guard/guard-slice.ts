import type { AutoCut, Signal } from "../routing/auto-cut.ts";
import type { Outcome } from "../routing/outcome.ts";
import { Breaker } from "./breaker.ts";
import { Slowness } from "./slowness.ts";
import { Block, Tally } from "./tallies.ts";

/** Who has answered; `stable instead`: after the candidate had failed. */
export type Answerer = "candidate" | "stable" | "stable instead";

/** One candidate under one rule, beside stable under the same rule. */
export class Slice {
  readonly rule: string;
  /** What this replica has seen. */
  readonly own = new Map<Signal, Tally>();
  /** What all others have. */
  readonly others = new Map<Signal, Tally>();
  private readonly blocks = new Map<Signal, Block>();
  private readonly firstByte = new Slowness();
  private readonly duration = new Slowness();
  private readonly breaker: Breaker | undefined;

  constructor(rule: string, { inARow }: AutoCut) {
    this.rule = rule;
    this.breaker = inARow === undefined ? undefined : new Breaker(inARow);
  }

  /**
   * Counts a request that has ended.
   * @param changed is told which tallies have changed.
   * @returns why the breaker wants a cut; undefined: it does not.
   */
  note(of: Answerer, outcome: Outcome, settings: AutoCut, changed: (signal: Signal) => void): string | undefined {
    const { status, firstByte, duration } = outcome;
    const overload = status === 429 || status === 503 || status === 529;
    const failed = outcome.failure !== undefined && !overload;
    const ofCandidate = of === "candidate";
    if (!ofCandidate) this.breaker?.onStable(failed);
    if (of === "stable instead") return undefined;
    const count = (signal: Signal, event: boolean): void => {
      if (settings[signal] !== undefined && this.count(signal, ofCandidate, event)) changed(signal);
    };
    count("failures", failed);
    count("overload", overload);
    count("refusals", !overload && status >= 400 && status < 500);
    if (!failed && status < 400) {
      if (firstByte !== undefined) count("firstByte", slow(this.firstByte, ofCandidate, firstByte));
      count("duration", slow(this.duration, ofCandidate, duration));
    }
    return ofCandidate ? this.breaker?.onCandidate(failed) : undefined;
  }

  /** @returns whether the tally has changed. */
  count(signal: Signal, ofCandidate: boolean, event: boolean): boolean {
    return found(this.blocks, signal, () => new Block()).count(ofCandidate, event, this.tally(signal));
  }

  /** Adds what is known of a signal, by this replica and the others. */
  addTo(sum: Tally, signal: Signal): void {
    for (const tallies of [this.own, this.others]) {
      const tally = tallies.get(signal);
      if (tally !== undefined) sum.add(tally.sums);
    }
  }

  private tally(signal: Signal): Tally {
    return found(this.own, signal, () => new Tally());
  }
}

function slow(slowness: Slowness, ofCandidate: boolean, ms: number): boolean {
  const isSlow = slowness.isSlow(ms);
  if (!ofCandidate) slowness.learn(ms);
  return isSlow;
}

function found<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
