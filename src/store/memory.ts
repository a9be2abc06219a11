import { newestFirst, type Past, pastOf, shortened } from "./past.ts";
import { type Edit, FOREIGN_MESSAGE, type RulesStore, type StoredRules, type WriteResult } from "./port.ts";
import { ownBoard, type ReplicaBoard } from "./replica-board.ts";

/** Rules that live as long as the process. */
export interface MemoryStore extends RulesStore, ReplicaBoard {
  /** Puts text there past the router, as an editor or `redis-cli` would. */
  put(text: string): void;
}

export function memoryStore(): MemoryStore {
  const watchers: (() => void)[] = [];
  let stored: StoredRules | undefined;
  let revision = 0;
  let past: readonly Past[] = [];

  const commit = ({ text, author, approver, message }: Omit<Edit, "expected">): WriteResult => {
    stored = { text, revision: ++revision, foreign: false };
    past = shortened([...past, { revision, author, ...(approver && { approver }), at: Date.now(), message, text }]);
    tell();
    return { kind: "written", revision };
  };
  const tell = (): void => {
    for (const changed of watchers) queueMicrotask(changed);
  };

  return {
    ...ownBoard(async () => revision, Date.now),
    async read() {
      if (stored === undefined) return { kind: "empty" };
      const at = past.at(-1)?.at;
      return { kind: "rules", ...stored, age: at === undefined ? undefined : Date.now() - at };
    },
    async write({ expected, ...edit }) {
      const seen = stored === undefined ? 0 : stored.foreign ? undefined : stored.revision;
      return expected === "any" || expected === seen ? commit(edit) : { kind: "conflict", current: stored };
    },
    async adopt(text) {
      if (stored?.text !== text) return { kind: "conflict", current: stored };
      return stored.foreign
        ? commit({ text, author: "memory", message: FOREIGN_MESSAGE })
        : { kind: "written", revision: stored.revision };
    },
    async history(most) {
      return { kind: "history", entries: newestFirst(past, most) };
    },
    async past(wanted) {
      return pastOf(past, wanted);
    },
    watch(changed) {
      watchers.push(changed);
    },
    async close() {
      watchers.length = 0;
    },
    put(text) {
      stored = { text, revision, foreign: text !== stored?.text || stored.foreign };
      tell();
    },
  };
}
