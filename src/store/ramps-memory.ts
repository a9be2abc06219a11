import { type RampChange, type RampRecord, type RampSwapped, type RampsStore, rampField } from "./ramps-port.ts";

/** Positions that live as long as the process. `now`: milliseconds since 1970; the machine's unless told. */
export function memoryRamps(now: () => number = Date.now): RampsStore {
  const book = new RampsBook();
  const watchers: (() => void)[] = [];
  return {
    read: async () => ({ kind: "ramps", records: book.all(), now: now() }),
    async swap(change, expected, after) {
      const result = book.swap(change, expected, after, now());
      if (result.kind === "swapped") for (const changed of watchers) queueMicrotask(changed);
      return result;
    },
    watch: (changed) => void watchers.push(changed),
    close: async () => undefined,
  };
}

/** What a store without a database of its own does with positions; Redis does the same in its script. */
export class RampsBook {
  readonly #records = new Map<string, RampRecord>();

  all(): RampRecord[] {
    return [...this.#records.values()];
  }

  put(records: readonly RampRecord[]): void {
    for (const record of records) this.#records.set(rampField(record), record);
  }

  swap(
    change: RampChange,
    expected: number,
    after: number,
    now: number,
  ): Exclude<RampSwapped, { kind: "unavailable" }> {
    const field = rampField(change);
    const old = this.#records.get(field);
    const number = old?.number ?? 0;
    if (number !== expected) return { kind: "conflict", record: old };
    const record = { ...change, at: now, number: Math.max(number, after) + 1 };
    this.#records.set(field, record);
    return { kind: "swapped", record };
  }
}
