import { areOneCallers, PLACES } from "./callers.ts";

/** The failure rate that the breaker looks for. */
const SUSPECTED = 0.5;
/** A stable version that fails less is taken to fail this often. */
const USUAL = 0.01;
/** As long as nothing is known of stable, it is taken to fail so often; some thirty good answers are enough. */
const UNKNOWN = 0.1;
/** Stable's rate over its last few hundred requests is an estimate, so it is taken to be worse than it looks. */
const MARGIN = 1.5;
/** How much likelier it must be that the candidate has a trouble of its own than that it shares stable's: 10,000 times. */
const OF_ITS_OWN = Math.log(10_000);
const ROUNDING = 1e-9;

// How much of what stable did before still counts with each new request.
const LAST_FOUR = 1 - 1 / 4;
const LAST_THIRTY = 1 - 1 / 30;
const LAST_HUNDREDS = 1 - 1 / 300;
const ALL = 1;

/**
 * The fast half of the guard: several hard failures in a row, or nearly so, within the requests it takes for them to happen.
 *
 * It is Page's cumulative sum (Biometrika 1954): each request of the candidate adds the log-likelihood ratio of "every
 * second one fails" against "it fails as stable does now", and the sum never falls below 0. As an e-detector (J. Shin, A.
 * Ramdas, A. Rinaldo, arXiv 2203.03532) it raises a false alarm once in e^limit requests at most, on average, while the
 * candidate is like stable. The limit is what `inARow` failures add up to where stable hardly fails, so five in a row are a
 * cut; with stable failing at 10 % it takes seventeen, and with stable failing at half of its requests there is no cut.
 *
 * Stable now is the worst of what it has done since the candidate's trouble began and just before, in its last thirty
 * requests, and in its last hundreds. When both fail, it is not the candidate's fault: in the first moments of an incident
 * that may not show yet, so before a cut the two are held against each other once more, by a Bayes factor. That is why it
 * takes a few more failures in a row at shares of a third and above, where stable has had few requests meanwhile: eight at
 * 50 %.
 *
 * Failures of one caller alone, among others who do well, are no cut: they need not be the candidate's fault.
 */
export class Breaker {
  readonly inARow: number;
  private readonly limit: number;
  private sum = 0;
  private failures = 0;
  private requests = 0;
  /** All requests by whose they are, and the failures of the present trouble. */
  private readonly callers = new Float64Array(PLACES);
  private readonly failing = new Float64Array(PLACES);
  private readonly trouble = new Memory();
  private readonly last = new Memory();
  private readonly long = new Memory();

  /** @param inARow so many failures in a row are a cut while stable is known to do well; at least 2. */
  constructor(inARow: number) {
    this.inARow = inARow;
    this.limit = inARow * Math.log(SUSPECTED / USUAL) - ROUNDING;
  }

  onStable(failed: boolean): void {
    this.trouble.add(failed, this.sum === 0 ? LAST_FOUR : ALL);
    this.last.add(failed, LAST_THIRTY);
    this.long.add(failed, LAST_HUNDREDS);
  }

  /**
   * @param caller a whole number that the same caller always has.
   * @returns why the candidate must be cut; undefined: it need not be.
   */
  onCandidate(failed: boolean, caller: number): string | undefined {
    const place = caller % PLACES;
    this.callers[place] = (this.callers[place] ?? 0) + 1;
    const usual = this.usual();
    this.sum += failed ? Math.log(SUSPECTED / usual) : Math.log((1 - SUSPECTED) / (1 - usual));
    if (this.sum <= 0) {
      if (this.requests > 0) this.trouble.forget();
      this.sum = 0;
      this.failures = 0;
      this.requests = 0;
      this.failing.fill(0);
      return undefined;
    }
    this.requests++;
    if (failed) {
      this.failures++;
      this.failing[place] = (this.failing[place] ?? 0) + 1;
    }
    if (this.sum < this.limit || !this.isOfItsOwn()) return undefined;
    if (areOneCallers(this.callers, this.failing)) {
      this.sum = this.limit; // whoever comes next is heard
      return undefined;
    }
    const { failures, requests } = this;
    const how = failures === requests ? `${failures} requests in a row` : `${failures} of ${requests} requests`;
    return `The candidate failed ${how}, while stable failed ${percent(this.long.rate(0))} of its own.`;
  }

  /** The rate at which stable is taken to fail. */
  private usual(): number {
    const base = this.base();
    return Math.min(SUSPECTED, Math.max(base, this.trouble.rate(base)));
  }

  private base(): number {
    return Math.min(SUSPECTED, Math.max(USUAL, MARGIN * this.long.rate(UNKNOWN), this.last.rate(USUAL)));
  }

  /**
   * Since the trouble began: the candidate fails at any rate while stable fails as ever, or both fail at one rate, any? Where
   * stable has never been asked there is nothing to compare with.
   */
  private isOfItsOwn(): boolean {
    if (this.long.requests === 0) return true;
    const { requests: stable, failures: stableFailed } = this.trouble;
    const good = this.requests - this.failures;
    const base = this.base();
    const apart =
      logBeta(this.failures + 1, good + 1) +
      stableFailed * Math.log(base) +
      (stable - stableFailed) * Math.log(1 - base);
    const shared = logBeta(this.failures + stableFailed + 1, good + stable - stableFailed + 1);
    return apart - shared >= OF_ITS_OWN;
  }
}

/** Two requests at the rate that is otherwise supposed are added to what was seen. */
const PRIOR = 2;

/** Counts of requests and failures in which the older weigh less. */
class Memory {
  requests = 0;
  failures = 0;

  add(failed: boolean, keep: number): void {
    this.requests = this.requests * keep + 1;
    this.failures = this.failures * keep + (failed ? 1 : 0);
  }

  rate(otherwise: number): number {
    return (this.failures + otherwise * PRIOR) / (this.requests + PRIOR);
  }

  forget(): void {
    this.requests = 0;
    this.failures = 0;
  }
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series, from 8 on exact to ten digits; x > 0. */
function logGamma(x: number): number {
  let shift = 0;
  let from = x;
  while (from < 8) shift += Math.log(from++);
  const series = 1 / (12 * from) - 1 / (360 * from ** 3) + 1 / (1260 * from ** 5);
  return (from - 0.5) * Math.log(from) - from + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(2))} %`;
}
