/**
 * The evidence about how often the candidate fails at all, beside a `floor` that is held to be harmless: an e-process for a
 * Bernoulli rate (Ville 1939; Robbins 1970) that needs the two counts only. Each request's factor has the mean 1 at the
 * floor and at most 1 below (above) it, so the rate may change from request to request.
 */

/** Multiples of the floor at which a candidate is suspected to be; those above 1 are left out. */
const ABOVE = [1.3, 1.6, 2, 3, 5, 8, 15, 30, 60, 120];
/** Parts of the floor. */
const BELOW = [0, 0.1, 0.2, 0.35, 0.5, 0.7];

/** The logarithm of the e-value against "it fails at most at the floor"; `floor` is above 0 and below 1. */
export function evidenceAboveFloor(trials: number, events: number, floor: number): number {
  return mixture(trials, events, floor, ABOVE);
}

/** The same against "it fails at least at the floor". */
export function evidenceBelowFloor(trials: number, events: number, floor: number): number {
  return mixture(trials, events, floor, BELOW);
}

function mixture(trials: number, events: number, floor: number, multiples: readonly number[]): number {
  const rates = multiples.map((multiple) => multiple * floor).filter((rate) => rate < 1);
  if (rates.length === 0) return Number.NEGATIVE_INFINITY;
  const logs = rates.map((rate) => {
    const failing = events === 0 ? 0 : events * Math.log(rate / floor);
    return failing + (trials - events) * Math.log((1 - rate) / (1 - floor));
  });
  const greatest = Math.max(...logs);
  if (greatest === Number.NEGATIVE_INFINITY) return greatest;
  return greatest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - greatest), 0) / rates.length);
}
