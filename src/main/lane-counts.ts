/**
 * What a lane has counted by itself: what, and then what became of it. Such counts only rise; those of several lanes are
 * added up.
 */
export type LaneCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function added(one: LaneCounts, other: LaneCounts): LaneCounts {
  const sum: Record<string, Record<string, number>> = {};
  for (const [what, counts] of [...Object.entries(one), ...Object.entries(other)]) {
    const of = sum[what] ?? {};
    for (const [name, count] of Object.entries(counts)) of[name] = (of[name] ?? 0) + count;
    sum[what] = of;
  }
  return sum;
}
