import type { Tally } from "./tallies.ts";

/**
 * How much evidence each further request of the candidate brings, if rates and share stay as they have been: the
 * Kullback–Leibler divergence between what was seen and the hypothesis at its edge. For "about 240 more requests".
 */

/** A rate that has not been seen at all is taken to be this many events among the requests there were. */
const PRIOR_EVENTS = 0.5;
/** As long as nothing is known, stable is taken to fail so often, and the candidate to get one request in twenty. */
const UNKNOWN_RATE = 0.01;
const UNKNOWN_STABLE = 19;

/** Against "the odds ratio is at most `edge`" (`above`), or at least. 0: what was seen is no evidence against it. */
export function growthOfRatio(tally: Tally, edge: number, above: boolean): number {
  const { candidate, stable } = ratesOf(tally);
  const theta = odds(candidate) / odds(stable);
  if (above ? theta <= edge : theta >= edge) return 0;
  const beside = tally.candidateTrials === 0 ? UNKNOWN_STABLE : tally.stableTrials / tally.candidateTrials;
  return stable * (theta * Math.log(theta / edge) + (theta + beside) * Math.log((edge + beside) / (theta + beside)));
}

/** Against "it fails at most at the floor" (`above`), or at least. */
export function growthOfFloor(tally: Tally, floor: number, above: boolean): number {
  const { candidate } = ratesOf(tally);
  if (above ? candidate <= floor : candidate >= floor) return 0;
  return candidate * Math.log(candidate / floor) + (1 - candidate) * Math.log((1 - candidate) / (1 - floor));
}

function ratesOf(tally: Tally): { readonly candidate: number; readonly stable: number } {
  const stable = rate(tally.stableTrials, tally.stableEvents, UNKNOWN_RATE);
  return { stable, candidate: rate(tally.candidateTrials, tally.candidateEvents, stable) };
}

/** With half an event of the rate that it is otherwise taken to have, so that few requests do not say "never". */
function rate(trials: number, events: number, otherwise: number): number {
  return Math.min(0.999, (events + PRIOR_EVENTS) / (trials + PRIOR_EVENTS / otherwise));
}

function odds(probability: number): number {
  return probability / (1 - probability);
}
