/**
 * The duration in ms below which this share (0–1) of the counted ones lies, or null where none were counted. Inside a
 * bucket they are taken to lie evenly, as Prometheus' `histogram_quantile` takes them; what is above all bounds is told as
 * the highest of them.
 */
export function quantileMs(bounds: readonly number[], counts: Float64Array, share: number): number | null {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  let from = 0;
  for (const [i, to] of bounds.entries()) {
    const count = counts[i] ?? 0;
    if (count > 0 && below + count >= wanted) return 1000 * (from + (to - from) * ((wanted - below) / count));
    below += count;
    from = to;
  }
  return 1000 * from;
}
