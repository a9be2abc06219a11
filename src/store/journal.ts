import { z } from "zod";
import { CutRecord } from "./cuts-port.ts";

/** Something that has happened and was no edit of the rules. */
export const JournalEntry = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  by: z.string(),
  /** In a word or two: `cut`, `restored`, `ramp paused`, … */
  what: z.string(),
  route: z.string().optional(),
  version: z.string().optional(),
  rule: z.string().optional(),
  modality: z.string().optional(),
  why: z.string(),
});
export type JournalEntry = z.output<typeof JournalEntry>;

export type JournalResult =
  /** Newest first. */
  | { readonly kind: "journal"; readonly entries: readonly JournalEntry[] }
  | { readonly kind: "unavailable"; readonly why: string };

/** What beside edits belongs into the history. No method rejects. */
export interface Journal {
  /** Written down or, where that cannot be, lost: nothing that has happened is undone for it. */
  note(entry: JournalEntry): Promise<void>;
  /** The last `most` entries; there are no more than `JOURNAL_LENGTH`. */
  last(most: number): Promise<JournalResult>;
  close(): Promise<void>;
}

export const JOURNAL_LENGTH = 1_000;

/** A decision about a cut, as the journal tells it. */
export function entryOf({ at, by, state, route, version, rule, modality, why }: CutRecord): JournalEntry {
  return { at, by, what: state, route, version, rule, modality, why };
}

/** What a journal holds: entries, and decisions about cuts as the store of the cuts writes them down with the cut itself. */
export const Journaled = z.union([JournalEntry, CutRecord.transform(entryOf)]);
