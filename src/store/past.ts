import { HISTORY_BYTES, HISTORY_LENGTH, type HistoryEntry, type PastResult } from "./port.ts";

/** An edit with its text, as a store without a database of its own keeps it: in a list, the oldest first. */
export interface Past extends HistoryEntry {
  readonly text: string;
}

/** What may be kept of it; the newest always is. */
export function shortened(all: readonly Past[]): readonly Past[] {
  let bytes = 0;
  let from = all.length;
  while (from > 0 && all.length - from < HISTORY_LENGTH) {
    bytes += Buffer.byteLength(all[from - 1]?.text ?? "");
    if (bytes > HISTORY_BYTES && from < all.length) break;
    from--;
  }
  return from === 0 ? all : all.slice(from);
}

export function newestFirst(all: readonly Past[], most: number): HistoryEntry[] {
  return all
    .slice(-most)
    .reverse()
    .map(({ text: _, ...entry }) => entry);
}

export function pastOf(all: readonly Past[], revision: number): PastResult {
  const found = all.find((one) => one.revision === revision);
  if (found === undefined) return { kind: "unknown" };
  const { text, ...entry } = found;
  return { kind: "past", entry, text };
}
