/** The numbers of one measurement, by name. */
export type Sample = Readonly<Record<string, number>>;

/**
 * Measures everyone in turn, several times, so that what disturbs the machine for a while disturbs all alike. Gives the
 * median of each number, or what `pick` makes of them.
 */
export async function interleave<T>(
  contenders: readonly T[],
  rounds: number,
  measure: (contender: T) => Promise<Sample>,
  pick: (values: readonly number[]) => number = median,
): Promise<Map<T, Sample>> {
  const samples = new Map<T, Sample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [contender, list] of samples) list.push(await measure(contender));
  }
  return new Map([...samples].map(([contender, list]) => [contender, picked(list, pick)]));
}

function picked(samples: readonly Sample[], pick: (values: readonly number[]) => number): Sample {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, pick(samples.map((sample) => sample[name] ?? Number.NaN))]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
