/** Upper bounds in seconds, ascending; the last bucket, `+Inf`, goes without saying. Generation runs long. */
export const REQUEST_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640,
] as const;

/** From one token to the next. */
export const TOKEN_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** What the router adds is a matter of microseconds. */
export const OVERHEAD_SECONDS = [
  0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1,
] as const;

/** How long an edit takes to be in force elsewhere: milliseconds by message, up to a second or so by the poll. */
export const PROPAGATION_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Counts of durations. Plain numbers: `observe` allocates nothing. */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One for each bound and one for what is above all of them; not cumulative. */
  readonly counts: Float64Array;
  /** Seconds. */
  sum: number;
}

export function histogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0 };
}

export function observe(into: Histogram, ms: number): void {
  const seconds = ms / 1000;
  const { bounds, counts } = into;
  let i = 0;
  while (i < bounds.length && seconds > (bounds[i] ?? 0)) i++;
  counts[i] = (counts[i] ?? 0) + 1;
  into.sum += seconds;
}
