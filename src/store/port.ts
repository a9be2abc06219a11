/** What a store holds: the rules' text and its number. */
export interface StoredRules {
  readonly text: string;
  /** Rises by one with each accepted edit; 0: there has been none. Of foreign text: the last one given before it came. */
  readonly revision: number;
  /** The text was put there past the router (`redis-cli SET`, an editor) and has no revision of its own yet. */
  readonly foreign: boolean;
}

export type ReadResult =
  /** `age`: milliseconds since the revision was accepted, by the clock of the store; undefined where it does not know. */
  | ({ readonly kind: "rules"; readonly age: number | undefined } & StoredRules)
  | { readonly kind: "empty" }
  | { readonly kind: "unavailable"; readonly why: string };

export interface Edit {
  readonly text: string;
  /**
   * The revision that the editor saw (0: an empty store). Another one in the store is a conflict, and so is foreign text,
   * which nobody has seen yet. `any` overwrites whatever is there.
   */
  readonly expected: number | "any";
  readonly author: string;
  /** The second person, where it took one. */
  readonly approver?: string | undefined;
  readonly message: string;
}

/** One accepted edit, without its text. */
export interface HistoryEntry {
  readonly revision: number;
  readonly author: string;
  /** The second person, where it took one. */
  readonly approver?: string | undefined;
  /** Milliseconds since 1970, by the clock of the store. */
  readonly at: number;
  readonly message: string;
}

export type HistoryResult =
  /** Newest first. */
  | { readonly kind: "history"; readonly entries: readonly HistoryEntry[] }
  | { readonly kind: "unavailable"; readonly why: string };

export type PastResult =
  | { readonly kind: "past"; readonly entry: HistoryEntry; readonly text: string }
  /** There has been no such revision, or it is too long ago. */
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable"; readonly why: string };

export type WriteResult =
  | { readonly kind: "written"; readonly revision: number }
  | { readonly kind: "conflict"; readonly current: StoredRules | undefined }
  | { readonly kind: "unavailable"; readonly why: string };

/**
 * Where the rules live. It does not know what the text means: who writes has checked it before, who reads checks it again.
 * No method rejects; trouble is a result, and its `why` never has a password in it.
 */
export interface RulesStore {
  read(): Promise<ReadResult>;
  write(edit: Edit): Promise<WriteResult>;
  /** Gives foreign text a revision, if it is still what the store holds; whoever is first wins, the others get its number. */
  adopt(text: string): Promise<WriteResult>;
  /** The last `most` edits; there are no more than the store keeps. */
  history(most: number): Promise<HistoryResult>;
  /** The text that a revision was given to. */
  past(revision: number): Promise<PastResult>;
  /** Calls `changed` when something may have changed. Only a hint: hints get lost, so readers poll too. */
  watch(changed: () => void): void;
  close(): Promise<void>;
}

/** A larger text is not even fetched: reading it again and again would hurt before the reader could refuse it. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** How many edits a history keeps, unless told. */
export const HISTORY_LENGTH = 500;
/** Texts are large at times: older edits go when all of them together would take more. */
export const HISTORY_BYTES = 32 * 1024 * 1024;
/** The message of an edit that came past the router. */
export const FOREIGN_MESSAGE = "written past the router";
