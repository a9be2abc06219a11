import { CutsBook } from "./cuts-book.ts";
import type { CutsListener, CutsStore } from "./cuts-port.ts";
import { entryOf, type Journal } from "./journal.ts";

/** Cuts that live as long as the process. */
export function memoryCuts(journal?: Pick<Journal, "note">): CutsStore {
  const book = new CutsBook();
  const listeners: CutsListener[] = [];
  return {
    async read() {
      return { kind: "cuts", records: book.all(), epoch: book.epoch, now: Date.now(), foreign: [] };
    },
    async change(change, after) {
      const result = book.change(change, after, Date.now());
      if (result.kind === "changed") {
        for (const { told } of listeners) queueMicrotask(() => told(result.record, result.previous, 0));
        await journal?.note(entryOf(result.record));
      }
      return result;
    },
    async giveBack(records) {
      if (book.giveBack(records)) for (const { missed } of listeners) queueMicrotask(missed);
      return { kind: "done" };
    },
    watch(listener) {
      listeners.push(listener);
    },
    async close() {
      listeners.length = 0;
    },
  };
}
