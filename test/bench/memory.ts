import type { Column } from "./comparison.ts";

/** Resident memory before and after `count` somethings were there, MiB, and KiB for each of them. */
export function memorySample(before: number, after: number, count: number) {
  return { before, after, each: ((after - before) * 1024) / count };
}

export function memoryColumns(something: string): readonly Column[] {
  return [
    { head: "MiB before", key: "before", digits: 0 },
    { head: "MiB with them", key: "after", digits: 0 },
    { head: `KiB/${something}`, key: "each", digits: 1 },
  ];
}
