/**
 * The evidence about how much more often the candidate fails than stable: a likelihood curve over the odds ratio θ.
 *
 * Requests come in short blocks (`Block`) with n_c requests of the candidate and n_s of stable. How many of which there are
 * says nothing about failures, so it is taken as given, and so is how many of the block failed, k. What is left is which of
 * them they were. If a candidate's odds to fail are θ times stable's, the k failures fall on the candidate as in a Fisher
 * noncentral hypergeometric draw; for θ ≥ 1 that is a sum of independent Bernoulli variables (its generating polynomial has
 * real zeros only) whose mean is at most k·q, with
 *
 *     q(θ) = θ·n_c / (θ·n_c + n_s)
 *
 * and so, for every convex function, below Binomial(k, q(θ)) (Hoeffding 1956; 1963, theorem 4 for θ = 1). A likelihood ratio
 * of binomials, (q'/q)^k_c · ((1−q')/(1−q))^k_s with θ' > θ, is convex and rising in k_c. Therefore its mean is at most 1
 * whenever the candidate's odds are at most θ times stable's: it is an e-value, without an approximation for rare failures,
 * and whatever the rate of failures is, as long as it holds for the block. The product over blocks is an e-process: the
 * chance that it ever reaches 1/α is at most α (Ville 1939), however often one looks and whenever one stops. Since each
 * block brings its own n_c and n_s, neither a ramp of the share, nor customers of unequal weight, nor rates that change by
 * the hour bias it.
 *
 * Requests without a failure tell nothing in this form, and stable's own rate needs no estimate. That is the conditional
 * test of M. Lindon and A. Malek, Anytime-valid inference for multinomial count data (NeurIPS 2022, arXiv 2011.03567), in
 * blocks as in R. Turner, A. Ly, P. Grünwald, Generic e-variables for exact sequential k-sample tests (arXiv 2106.02693);
 * M. Lindon, C. Sanden, V. Shirikian, Rapid regression detection in software deployments through sequential testing (KDD
 * 2022, arXiv 2205.14762) is such a test at work on canaries.
 */

/** The odds ratios at which the curve is kept. Tolerances are taken from these, so they are numbers that people say. */
export const RATIOS: readonly number[] = [
  0.03, 0.06, 0.12, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 15,
  20, 30, 50, 100, 200, 500,
];

const LOG_RATIOS = Float64Array.from(RATIOS, Math.log);

/**
 * Adds a block's log-likelihood to the curve, relative to θ = 1, which stays 0.
 * @param candidate requests of the candidate in the block, and how many of them failed (or were slow, or disliked)
 */
export function addBlock(
  curve: Float64Array,
  candidate: number,
  candidateEvents: number,
  stable: number,
  stableEvents: number,
): void {
  const events = candidateEvents + stableEvents;
  if (events === 0 || candidate === 0 || stable === 0) return;
  const atOne = events * Math.log(candidate + stable);
  for (let i = 0; i < RATIOS.length; i++) {
    const there = candidateEvents * (LOG_RATIOS[i] ?? 0) - events * Math.log((RATIOS[i] ?? 1) * candidate + stable);
    curve[i] = (curve[i] ?? 0) + there + atOne;
  }
}

/** The place of the least ratio of the curve that is not below `ratio`, of those that have others above them. */
export function ratioIndex(ratio: number): number {
  const i = RATIOS.findIndex((one) => one >= ratio);
  return i < 0 ? RATIOS.length - 2 : Math.min(i, RATIOS.length - 2);
}

/**
 * The logarithm of the e-value against "θ is at most RATIOS[at]": an even mixture over all that lie above it. Mixing is what
 * makes one test good against small and great differences alike; it costs a few requests.
 */
export function evidenceAbove(curve: Float64Array, at: number): number {
  return mixture(curve, at + 1, RATIOS.length, at);
}

/** The same against "θ is at least RATIOS[at]". */
export function evidenceBelow(curve: Float64Array, at: number): number {
  return mixture(curve, 0, at, at);
}

/**
 * Between what ratios the truth lies: whenever one looks, with the confidence 1 − e^−level (a confidence sequence, Robbins
 * 1970). 0 and Infinity where the curve ends.
 */
export function ratioRange(curve: Float64Array, level: number): { readonly low: number; readonly high: number } {
  const least = mixture(curve, 0, RATIOS.length, undefined) - level;
  const possible = RATIOS.map((ratio, i) => ({ ratio, i })).filter(({ i }) => (curve[i] ?? 0) > least);
  const first = possible[0]?.i ?? 0;
  const last = possible.at(-1)?.i ?? RATIOS.length - 1;
  return {
    low: first === 0 ? 0 : (RATIOS[first - 1] ?? 0),
    high: last === RATIOS.length - 1 ? Number.POSITIVE_INFINITY : (RATIOS[last + 1] ?? 0),
  };
}

/** The logarithm of the mean of e^(curve[i] − curve[against]) over [from, to), by its greatest term, so nothing overflows. */
function mixture(curve: Float64Array, from: number, to: number, against: number | undefined): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) greatest = Math.max(greatest, curve[i] ?? 0);
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp((curve[i] ?? 0) - greatest);
  const base = against === undefined ? 0 : (curve[against] ?? 0);
  return greatest + Math.log(sum / (to - from)) - base;
}
