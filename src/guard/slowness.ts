/**
 * What is slow beside stable: longer than its 95th percentile, followed by stochastic approximation (Robbins and Monro 1951)
 * of its logarithm. It need not be exact. Candidate and stable are held against the same number at the same time, and it
 * depends on the past only, so the comparison is fair whatever it is.
 */
export class Slowness {
  private log = Number.NaN;
  private seen = 0;

  /** Whether `ms` is slow by what stable did up to now; false as long as too little is known. */
  isSlow(ms: number): boolean {
    return this.seen >= LEAST && Math.log(ms) > this.log;
  }

  /** A request of stable's took so long. */
  learn(ms: number): void {
    const log = Math.log(Math.max(ms, SHORTEST));
    if (this.seen === 0) this.log = log;
    this.seen++;
    const step = Math.max(SMALLEST_STEP, FIRST_STEP / this.seen);
    this.log += log > this.log ? step * PERCENTILE : -step * (1 - PERCENTILE);
  }
}

const PERCENTILE = 0.95;
const LEAST = 100;
const SHORTEST = 0.01;
const FIRST_STEP = 20;
const SMALLEST_STEP = 0.05;
