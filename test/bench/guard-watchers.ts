import { Breaker } from "../../src/guard/breaker.ts";
import { isBad, type Terms } from "../../src/guard/sequential.ts";
import { Block, Tally } from "../../src/guard/tallies.ts";
import { AUTO_CUT } from "../../src/routing/auto-cut.ts";
import type { Watcher } from "./guard-traffic.ts";

export interface Contender {
  readonly name: string;
  /** It sets the share by itself, so the table's shares are not its own. */
  readonly ownShare: boolean;
  watcher(): Watcher;
}

const TERMS: Terms = {
  signal: "failures",
  tolerance: AUTO_CUT.failures ?? 1,
  floor: AUTO_CUT.floor,
  minRequests: AUTO_CUT.minRequests,
  falseAlarm: 1 - AUTO_CUT.confidence,
  // Failures and overload; half of the chance is kept for slices.
  tests: 4,
};

/** The guard with the settings it comes with. */
class Guard implements Watcher {
  readonly share = undefined;
  private readonly breaker = new Breaker(AUTO_CUT.inARow ?? 5);
  private readonly tally = new Tally();
  private readonly block = new Block(this.tally);
  private requests = 0;

  request(ofCandidate: boolean, failed: boolean): "goes on" | "cut" {
    if (ofCandidate) {
      // Each request is another caller's.
      if (this.breaker.onCandidate(failed, this.requests++) !== undefined) return "cut";
    } else this.breaker.onStable(failed);
    return this.block.count(ofCandidate, failed) && isBad(this.tally, TERMS) ? "cut" : "goes on";
  }
}

/** Ten replicas with a tenth of the requests each, which put their sums together four times a second. */
class GuardOfTen implements Watcher {
  readonly share = undefined;
  private readonly replicas = Array.from({ length: REPLICAS }, () => ({
    breaker: new Breaker(AUTO_CUT.inARow ?? 5),
    block: new Block(new Tally()),
  }));
  private requests = 0;
  private nextExchange = EXCHANGE;

  request(ofCandidate: boolean, failed: boolean, second: number): "goes on" | "cut" {
    const replica = this.replicas[this.requests++ % REPLICAS];
    if (replica === undefined) return "goes on";
    const { breaker, block } = replica;
    if (!ofCandidate) breaker.onStable(failed);
    else if (breaker.onCandidate(failed, this.requests) !== undefined) return "cut";
    block.count(ofCandidate, failed);
    if (second < this.nextExchange) return "goes on";
    this.nextExchange += EXCHANGE;
    const sum = new Tally();
    for (const one of this.replicas) sum.add(one.block.tally.sums);
    return isBad(sum, TERMS) ? "cut" : "goes on";
  }
}

const REPLICAS = 10;
const EXCHANGE = 0.25;

/**
 * Flagger's rule, as its scheduler has it: once an interval the success rate of the last minute must be 99 %; no requests are
 * no success; failed checks add up and are never forgotten; the check after the last tolerated one rolls back; a good check
 * moves the weight a step on, and after the last step the candidate is promoted. Source: fluxcd/flagger
 * pkg/controller/scheduler.go.
 */
class Flagger implements Watcher {
  share: number | undefined;
  private readonly threshold: number;
  private readonly step: number;
  private readonly most: number;
  private nextTick = INTERVAL;
  private failedChecks = 0;
  private requests = 0;
  private failures = 0;

  /** @param step of the weight, 0 to 1; 0: the share stays what it is. */
  constructor(threshold: number, step: number, most: number) {
    this.threshold = threshold;
    this.step = step;
    this.most = most;
    this.share = step === 0 ? undefined : step;
  }

  request(ofCandidate: boolean, failed: boolean, second: number): "goes on" | "cut" | "promoted" {
    if (second >= this.nextTick) {
      this.nextTick += INTERVAL;
      if (this.failedChecks >= this.threshold) return "cut";
      const good = this.requests > 0 && this.failures / this.requests <= 0.01;
      this.requests = 0;
      this.failures = 0;
      if (!good) this.failedChecks++;
      else if (this.share !== undefined) {
        // In steps of 0.05 the sum is not exact.
        if (this.share >= this.most - this.step / 2) return "promoted";
        this.share += this.step;
      }
    }
    if (ofCandidate) {
      this.requests++;
      if (failed) this.failures++;
    }
    return "goes on";
  }
}

const INTERVAL = 60;

/** The textbook's test of two proportions, one-sided at 0.1 %, on all requests so far, every ten seconds. */
class PeekedZTest implements Watcher {
  readonly share = undefined;
  private nextTick = PEEK;
  private readonly requests = [0, 0];
  private readonly failures = [0, 0];

  request(ofCandidate: boolean, failed: boolean, second: number): "goes on" | "cut" {
    const arm = ofCandidate ? 0 : 1;
    this.requests[arm] = (this.requests[arm] ?? 0) + 1;
    if (failed) this.failures[arm] = (this.failures[arm] ?? 0) + 1;
    if (second < this.nextTick) return "goes on";
    this.nextTick += PEEK;
    const [candidate = 0, stable = 0] = this.requests;
    const [candidateFailed = 0, stableFailed = 0] = this.failures;
    const pooled = (candidateFailed + stableFailed) / (candidate + stable);
    const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / candidate + 1 / stable));
    return (candidateFailed / candidate - stableFailed / stable) / deviation > Z_OF_A_THOUSANDTH ? "cut" : "goes on";
  }
}

const PEEK = 10;
const Z_OF_A_THOUSANDTH = 3.0902;

export const GUARD: Contender = { name: "this guard", ownShare: false, watcher: () => new Guard() };

export const GUARD_OF_TEN: Contender = {
  name: "ten replicas of it",
  ownShare: false,
  watcher: () => new GuardOfTen(),
};

export const CONTENDERS: readonly Contender[] = [
  GUARD,
  { name: "z-test every 10 s", ownShare: false, watcher: () => new PeekedZTest() },
  { name: "Flagger, threshold 1", ownShare: false, watcher: () => new Flagger(1, 0, 1) },
  { name: "Flagger's 10-step sample", ownShare: true, watcher: () => new Flagger(10, 0.05, 0.5) },
];
