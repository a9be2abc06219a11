/** Random numbers that can be repeated: the same seed gives the same run. */
export interface Dice {
  /** 0 up to, not with, 1. */
  roll(): number;
  /** Spread as waiting times of real servers are: half of them under `median`, a few far above it. */
  around(median: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** How far a log-normal waiting time strays: about one in twenty is twice the median or more. */
const SPREAD = 0.4;

/** Tommy Ettinger's public-domain Mulberry32: small, and good enough for a demo. */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  const roll = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // Box–Muller; 1 - roll() is never 0, so the logarithm is finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
  const between = (low: number, high: number) => low + Math.floor(roll() * (high - low + 1));
  return {
    roll,
    around: (median) => median * Math.exp(SPREAD * normal()),
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
  };
}
