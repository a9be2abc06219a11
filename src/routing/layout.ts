import { BUCKETS } from "./bucket.ts";

/** Buckets from `from` up to, not with, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Whose buckets are whose. The buckets are a circle, on which candidates begin in pairs: the first grows upward from 0, the
 * second downward from there, the third and the fourth likewise from 5000, the next ones from 2500 and 7500, and so on (the
 * points of van der Corput's sequence). Each takes the nearest buckets that none before it in the list has.
 *
 * So nobody moves between candidates until two of them meet: up to four of them not below 25 % each. After that the earlier
 * one takes the place, and the later one as many of stable's. No layout can do without, see docs/rules.md.
 *
 * @param points of each candidate, in the order of the document: 0–10000, together at most 10000.
 * @returns for each candidate its ranges in rising order; most have one.
 */
export function layOut(points: readonly number[]): readonly (readonly Range[])[] {
  let free: readonly Range[] = [{ from: 0, to: BUCKETS }];
  return points.map((wanted, i) => {
    const upward = i % 2 === 0;
    const taken: Range[] = [];
    const left: Range[] = [];
    let missing = wanted;
    for (const { from, to } of inOrder(free, startOf(i), upward)) {
      const size = Math.min(missing, to - from);
      const edge = upward ? from + size : to - size;
      taken.push(upward ? { from, to: edge } : { from: edge, to });
      left.push(upward ? { from: edge, to } : { from, to: edge });
      missing -= size;
    }
    free = joined(left);
    return joined(taken);
  });
}

/** The digits of the pair's number in base 2, mirrored behind the point: 0, 1/2, 1/4, 3/4, 1/8, … of the circle. */
function startOf(candidate: number): number {
  let fraction = 0;
  for (let pair = candidate >> 1, digit = 0.5; pair > 0; pair >>= 1, digit /= 2) fraction += (pair & 1) * digit;
  return Math.floor(fraction * BUCKETS);
}

/** Once around the circle. `ranges` are in rising order. */
function inOrder(ranges: readonly Range[], start: number, upward: boolean): readonly Range[] {
  const above = ranges.flatMap(({ from, to }) => (to > start ? [{ from: Math.max(from, start), to }] : []));
  const below = ranges.flatMap(({ from, to }) => (from < start ? [{ from, to: Math.min(to, start) }] : []));
  return upward ? [...above, ...below] : [...below.reverse(), ...above.reverse()];
}

/** In rising order, without empty ones and without seams. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const whole: Range[] = [];
  for (const range of ranges.filter(({ from, to }) => to > from).sort((one, other) => one.from - other.from)) {
    const last = whole.at(-1);
    if (last?.to === range.from) whole[whole.length - 1] = { from: last.from, to: range.to };
    else whole.push(range);
  }
  return whole;
}
