/** In what respects a candidate is compared with stable. Each is a rate: so many of its requests were so. */
export const SIGNALS = ["failures", "overload", "refusals", "firstByte", "duration", "feedback"] as const;

/**
 * - `failures`: the version failed the request
 * - `overload`: 429, 503, 529
 * - `refusals`: the other 4xx, which are the client's fault, unless the candidate has many more of them
 * - `firstByte`, `duration`: slower than 95 % of stable's requests
 * - `feedback`: people did not like the answer
 */
export type Signal = (typeof SIGNALS)[number];

/**
 * When the guard cuts a candidate by itself. For each signal: how many times stable's odds are still tolerated, 1 to 500 (a
 * number between two of the test's ratios counts as the greater one); undefined: the signal is not judged.
 */
export interface AutoCut extends Readonly<Record<Signal, number | undefined>> {
  /** So many hard failures in a row are a cut, while stable does well; 2 to 100; undefined: no breaker. */
  readonly inARow: number | undefined;
  /** Before so many requests of the candidate there is no verdict but by `inARow`. */
  readonly minRequests: number;
  /** A candidate that fails less often than this, 0 to 1, is not cut however well stable does. */
  readonly floor: number;
  /** The chance that a candidate like stable is never cut, however long one looks; 0.5 to 1, without 1. */
  readonly confidence: number;
  /** Verdicts are told, but nothing is cut. */
  readonly observeOnly: boolean;
}

/** On for failures and overload. Slowness and feedback are a matter of what the candidate is for. */
export const AUTO_CUT: AutoCut = {
  failures: 1.2,
  overload: 3,
  refusals: undefined,
  firstByte: undefined,
  duration: undefined,
  feedback: undefined,
  inARow: 5,
  minRequests: 10,
  floor: 0.005,
  confidence: 0.999,
  observeOnly: false,
};

/** Nothing is judged. */
export const NO_AUTO_CUT: AutoCut = { ...AUTO_CUT, failures: undefined, overload: undefined, inARow: undefined };
