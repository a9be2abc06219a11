import { JOURNAL_LENGTH, type Journal, type JournalEntry } from "./journal.ts";

/** A journal that lasts as long as the process. */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    async note(entry) {
      entries.push(entry);
      if (entries.length > JOURNAL_LENGTH) entries.shift();
    },
    last: async (most) => ({ kind: "journal", entries: entries.slice(-most).reverse() }),
    close: async () => undefined,
  };
}
