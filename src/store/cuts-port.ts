import { z } from "zod";
import { type CutTarget, isWhole } from "../routing/cuts.ts";

/** The last that somebody has decided about one candidate version of a route, or a slice of it. */
export const CutRecord = z.object({
  /** Of this decision: no other has it, so that telling it twice does what telling it once does. */
  id: z.string().min(1),
  route: z.string(),
  version: z.string(),
  /** Of what the version gets: under this rule, of this modality; without both, all. */
  rule: z.string().optional(),
  modality: z.string().optional(),
  state: z.enum(["cut", "restored"]),
  /** The decision that a restoration takes back. */
  undoes: z.string().optional(),
  by: z.string(),
  why: z.string(),
  /** What becomes of requests that the version has in hand. */
  inFlight: z.enum(["finish", "abort"]),
  /** Milliseconds since 1970, by the clock of the store. */
  at: z.number(),
  /** Rises with each decision, over all versions; of two about one version the higher holds. 0: not numbered yet. */
  epoch: z.int(),
});
export type CutRecord = z.output<typeof CutRecord>;

/** A decision that no store has numbered yet. */
export type CutChange = Omit<CutRecord, "at" | "epoch">;

export type CutsRead =
  | {
      readonly kind: "cuts";
      /** Restorations are among them: without those, a replica that was away would bring its old cut back. */
      readonly records: readonly CutRecord[];
      /** The last that was given. */
      readonly epoch: number;
      /** Now, by the clock of the store. */
      readonly now: number;
      /** What somebody has put there by hand, and means a cut. */
      readonly foreign: readonly CutTarget[];
      /** How the store could lose what it has; undefined: it is not known that it could. */
      readonly fleeting?: string | undefined;
    }
  | { readonly kind: "unavailable"; readonly why: string };

export type CutChanged =
  | {
      readonly kind: "changed";
      readonly record: CutRecord;
      /** The epoch before. */
      readonly previous: number;
      /** Why the store would not have it any more after a restart. */
      readonly fleeting?: string | undefined;
    }
  /** The store had that decision already; `record` is what holds now. */
  | { readonly kind: "settled"; readonly record: CutRecord }
  /** A restoration of one cut does not take back another, which the person has not seen. */
  | { readonly kind: "conflict"; readonly record: CutRecord }
  | { readonly kind: "unavailable"; readonly why: string };

export interface CutsListener {
  /** A decision with all that is needed to apply it. `age`: milliseconds since it was written, where that is known. */
  told(record: CutRecord, previous: number, age: number | undefined): void;
  /** Something may have been missed: read. */
  missed(): void;
}

/**
 * Where cuts live, apart from the rules: nothing that is wrong with a document can keep a cut from being written or read.
 * No method rejects; trouble is a result, and its `why` never has a password in it.
 */
export interface CutsStore {
  read(): Promise<CutsRead>;
  /** `after`: the highest epoch that the caller knows; the new one is higher, also in a store that has lost its data. */
  change(change: CutChange, after: number): Promise<CutChanged>;
  /** Puts back what the store has lost. What it has of the same version and is newer stays. */
  giveBack(records: readonly CutRecord[]): Promise<{ kind: "done" } | { kind: "unavailable"; why: string }>;
  watch(listener: CutsListener): void;
  close(): Promise<void>;
}

/** What a decision is about, as one text: decisions about the same thing have the same. */
export function fieldOf(target: CutTarget): string {
  const { route, version, rule = null, modality = null } = target;
  return JSON.stringify(isWhole(target) ? [route, version] : [route, version, rule, modality]);
}

/** Whether `one` holds where `other` was known. At the same epoch, which only lost data can lead to, the cut does. */
export function supersedes(one: CutRecord, other: CutRecord | undefined): boolean {
  if (other === undefined || one.epoch > other.epoch) return true;
  return one.epoch === other.epoch && one.state === "cut" && other.state === "restored";
}
