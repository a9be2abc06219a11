import { z } from "zod";

/** How far the ramp of one rule has come, and by whose doing. */
export const RampRecord = z.object({
  route: z.string(),
  rule: z.string(),
  version: z.string(),
  /** The steps that the position is one of, as text. */
  plan: z.string(),
  /** The revision that those steps came with, and who wrote it. */
  revision: z.int(),
  author: z.string(),
  step: z.int().nonnegative(),
  /** 0–10000: the share of that step. */
  points: z.int().min(0).max(10_000),
  state: z.enum(["running", "paused", "aborted"]),
  /** Milliseconds that it had run in this step by `at`. */
  spent: z.number(),
  approvedBy: z.string().optional(),
  /** Who brought it here, and why. */
  by: z.string(),
  why: z.string(),
  /** Milliseconds since 1970, by the clock of the store. */
  at: z.number(),
  /** Rises by one with each change of this ramp; 0: there has been none. */
  number: z.int(),
});
export type RampRecord = z.output<typeof RampRecord>;

/** A position that the store has not dated and numbered yet. */
export type RampChange = Omit<RampRecord, "at" | "number">;

export type RampsRead =
  /** `now`: by the clock of the store. */
  | { readonly kind: "ramps"; readonly records: readonly RampRecord[]; readonly now: number }
  | { readonly kind: "unavailable"; readonly why: string };

export type RampSwapped =
  | { readonly kind: "swapped"; readonly record: RampRecord }
  /** Somebody else was faster; undefined: the store has nothing of that ramp. */
  | { readonly kind: "conflict"; readonly record: RampRecord | undefined }
  | { readonly kind: "unavailable"; readonly why: string };

/** Where the positions of ramps live, apart from the rules. No method rejects. */
export interface RampsStore {
  read(): Promise<RampsRead>;
  /**
   * Puts a position in the place of the one of number `expected`; 0: of none. `after`: the highest number that the caller knows;
   * the new one is higher, also in a store that has lost its data.
   */
  swap(change: RampChange, expected: number, after: number): Promise<RampSwapped>;
  /** Calls `changed` when something may have changed. Only a hint. */
  watch(changed: () => void): void;
  close(): Promise<void>;
}

/** What a position is of, as one text. */
export function rampField({ route, rule }: Pick<RampRecord, "route" | "rule">): string {
  return JSON.stringify([route, rule]);
}
