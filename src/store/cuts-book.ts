import { type CutChange, type CutChanged, type CutRecord, fieldOf, supersedes } from "./cuts-port.ts";

/** What a store without a database of its own does with cuts; Redis does the same in its scripts. */
export class CutsBook {
  readonly #records = new Map<string, CutRecord>();
  epoch = 0;

  all(): CutRecord[] {
    return [...this.#records.values()];
  }

  change(change: CutChange, after: number, now: number): Exclude<CutChanged, { kind: "unavailable" }> {
    const key = fieldOf(change);
    const old = this.#records.get(key);
    if (old !== undefined) {
      if (old.id === change.id || old.undoes === change.id) return { kind: "settled", record: old };
      if (change.state === "restored" && old.state === "cut" && old.id !== change.undoes) {
        return { kind: "conflict", record: old };
      }
    }
    const previous = this.epoch;
    // The time is in it, so that a number is not given twice when the counter was lost.
    this.epoch = Math.max(Math.max(previous, after) + 1, Math.floor(now));
    const record = { ...change, at: Math.floor(now), epoch: this.epoch };
    this.#records.set(key, record);
    return { kind: "changed", record, previous };
  }

  /** @returns whether something was new. */
  giveBack(records: readonly CutRecord[]): boolean {
    let changed = false;
    for (const record of records) {
      const key = fieldOf(record);
      if (!supersedes(record, this.#records.get(key))) continue;
      this.#records.set(key, record);
      this.epoch = Math.max(this.epoch, record.epoch);
      changed = true;
    }
    return changed;
  }
}
