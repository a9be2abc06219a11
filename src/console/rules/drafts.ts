/** Rules that somebody has begun to edit, and what they began with. */
export interface Draft {
  readonly revision: number;
  /** The rules of that revision. */
  readonly base: string;
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Where drafts are kept: the browser's `localStorage`. */
export interface DraftStorage {
  readonly length: number;
  key(place: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const PREFIX = "canary-draft:";

/** Keeps a draft under the revision that it began with. False: the browser has no room for it, or keeps nothing. */
export function keepDraft(storage: DraftStorage, draft: Draft): boolean {
  try {
    storage.setItem(PREFIX + draft.revision, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(storage: DraftStorage, revision: number): void {
  storage.removeItem(PREFIX + revision);
}

/** The draft that was last worked on; undefined: there is none. */
export function lastDraft(storage: DraftStorage): Draft | undefined {
  let last: Draft | undefined;
  for (let i = 0; i < storage.length; i++) {
    const key = storage.key(i);
    const draft = typeof key === "string" && key.startsWith(PREFIX) ? draftOf(storage.getItem(key)) : undefined;
    if (draft !== undefined && (last === undefined || draft.at > last.at)) last = draft;
  }
  return last;
}

/** Anything may stand there: another version of the console may have written it. */
function draftOf(written: string | null): Draft | undefined {
  try {
    const read: unknown = JSON.parse(written ?? "null");
    if (typeof read !== "object" || read === null) return undefined;
    const { revision, base, text, at } = {
      revision: undefined,
      base: undefined,
      text: undefined,
      at: undefined,
      ...read,
    };
    const right = typeof revision === "number" && typeof base === "string" && typeof text === "string";
    return right && typeof at === "string" ? { revision, base, text, at } : undefined;
  } catch {
    return undefined;
  }
}
