import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { CutsBook } from "./cuts-book.ts";
import { CutRecord, type CutsListener, type CutsStore } from "./cuts-port.ts";
import { entryOf, type Journal } from "./journal.ts";
import { oneAtATime } from "./one-at-a-time.ts";

const Content = z.object({ records: z.array(CutRecord), pending: z.array(CutRecord).default([]) });
type Content = z.output<typeof Content>;

/**
 * Cuts in a file of their own beside the rules file. Where it cannot be written (a ConfigMap, a read-only mount) they live
 * in memory. One router process writes to a file.
 */
export function fileCuts(path: string, journal: Pick<Journal, "note">, log: Log): CutsStore {
  const serially = oneAtATime();
  const book = new CutsBook();
  const listeners: CutsListener[] = [];
  let fleeting: string | undefined;

  const attempt = <T>(task: () => T | Promise<T>): Promise<T | { kind: "unavailable"; why: string }> =>
    serially(async () => {
      try {
        const kept = await contentOf(path);
        if (kept !== undefined) book.giveBack(kept.records);
        return await task();
      } catch (error) {
        return { kind: "unavailable", why: `the cuts in ${path} cannot be read: ${messageOf(error)}` };
      }
    });
  const keep = async (): Promise<void> => {
    try {
      await writeAtomically(path, textOf({ records: book.all(), pending: [] }), 0o644);
      fleeting = undefined;
    } catch (error) {
      fleeting = `${path} cannot be written: ${messageOf(error)}`;
      log.error("cuts cannot be kept beside the rules file, so they end with the process", { why: fleeting });
    }
  };

  return {
    read: () =>
      attempt(() => ({
        kind: "cuts" as const,
        records: book.all(),
        epoch: book.epoch,
        now: Date.now(),
        foreign: [],
        fleeting,
      })),
    change: (change, after) =>
      attempt(async () => {
        const result = book.change(change, after, Date.now());
        if (result.kind !== "changed") return result;
        await keep();
        for (const { told } of listeners) queueMicrotask(() => told(result.record, result.previous, 0));
        await journal.note(entryOf(result.record));
        return { ...result, fleeting };
      }),
    giveBack: (records) =>
      attempt(async () => {
        if (book.giveBack(records)) await keep();
        return { kind: "done" as const };
      }),
    watch(listener) {
      listeners.push(listener);
    },
    async close() {
      listeners.length = 0;
      await serially(async () => undefined);
    },
  };
}

/** What a replica knows of cuts, on its own disk: for a start without the store, and for a store that has lost its data. */
export interface CutsCopy {
  /** undefined: there is none, or none that can be read. Never rejects. */
  load(): Promise<Content | undefined>;
  /** `pending`: what the store has not got yet. Never rejects. */
  save(content: Content): Promise<void>;
}

export function cutsCopy(path: string, log: Log): CutsCopy {
  const serially = oneAtATime();
  return {
    async load() {
      try {
        return await contentOf(path);
      } catch (error) {
        log.error("the copy of the cuts on disk is not used: it cannot be read", { file: path, why: messageOf(error) });
        return undefined;
      }
    },
    save: (content) =>
      serially(async () => {
        try {
          await mkdir(dirname(path), { recursive: true });
          await writeAtomically(path, textOf(content), 0o600);
        } catch (error) {
          log.warn("the copy of the cuts on disk cannot be written: a start without the store would not have them", {
            file: path,
            why: messageOf(error),
          });
        }
      }),
  };
}

/** undefined: there is no such file. Rejects for one that makes no sense: it may have held a cut. */
async function contentOf(path: string): Promise<Content | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return Content.parse(JSON.parse(text));
}

function textOf(content: Content): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
