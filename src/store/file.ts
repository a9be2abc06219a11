import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { historyFile } from "./history-file.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { newestFirst, pastOf } from "./past.ts";
import {
  FOREIGN_MESSAGE,
  type HistoryResult,
  MAX_TEXT_BYTES,
  type PastResult,
  type ReadResult,
  type RulesStore,
  type StoredRules,
  type WriteResult,
} from "./port.ts";
import { ownBoard, type ReplicaBoard } from "./replica-board.ts";

/** The last revision given and the text it was given to. */
const Numbering = z.object({ revision: z.int().nonnegative(), digest: z.string() });
type Numbering = z.infer<typeof Numbering>;

const NO_REVISION: Numbering = { revision: 0, digest: "" };
/** An editor that truncates and then writes is done within this time, in ms. */
const SETTLE_MS = 30;

/**
 * Rules in a file that people also edit by hand. Revision and history are kept beside it, in `PATH.revision` and
 * `PATH.history`; where those cannot be written (a ConfigMap, a read-only mount) they live in memory. One router process
 * writes to a file.
 */
export function fileStore(path: string, log: Log): RulesStore & ReplicaBoard {
  const serially = oneAtATime();
  const sidecar = `${path}.revision`;
  const history = historyFile(`${path}.history`, log);
  let remembered = NO_REVISION;
  let told = false;
  let watcher: FSWatcher | undefined;
  let settling: NodeJS.Timeout | undefined;

  /** A counter in the file that is lower than ours is one that we could not write. */
  const numbering = async (): Promise<Numbering> => {
    const kept = await readNumbering(sidecar);
    return kept !== undefined && kept.revision >= remembered.revision ? kept : remembered;
  };
  const remember = async (next: Numbering): Promise<void> => {
    remembered = next;
    try {
      await writeAtomically(sidecar, `${JSON.stringify(next)}\n`, 0o644);
    } catch (error) {
      if (told) return;
      told = true;
      log.warn("the revision of the rules cannot be kept beside the file, so it starts again with the process", {
        file: sidecar,
        why: messageOf(error),
      });
    }
  };
  const look = async (): Promise<ReadResult> => {
    const text = await textOf(path);
    if (text === undefined) return { kind: "empty" };
    const { revision, digest } = await numbering();
    return { kind: "rules", text, revision, foreign: digest !== digestOf(text), age: undefined };
  };
  const guarded = async <T>(task: () => Promise<T>): Promise<T | { kind: "unavailable"; why: string }> => {
    try {
      return await serially(task);
    } catch (error) {
      return { kind: "unavailable", why: messageOf(error) };
    }
  };

  return {
    ...ownBoard(async () => (await numbering()).revision, Date.now),
    read: () => guarded(look),
    write: ({ text, expected, author, approver, message }) =>
      guarded(async (): Promise<WriteResult> => {
        // With `any` what stands there may be past reading, and is replaced for that very reason.
        if (expected !== "any") {
          const current = storedIn(await look());
          const seen = current === undefined ? 0 : current.foreign ? undefined : current.revision;
          if (expected !== seen) return { kind: "conflict", current };
        }
        const revision = (await numbering()).revision + 1;
        // A link stays a link; what it points to is replaced.
        const target = await realpath(path).catch(() => path);
        const mode = await stat(target).then(
          (found) => found.mode & 0o777,
          () => 0o644,
        );
        await writeAtomically(target, text, mode);
        await remember({ revision, digest: digestOf(text) });
        await history.append({ revision, author, ...(approver && { approver }), at: Date.now(), message, text });
        return { kind: "written", revision };
      }),
    adopt: (text) =>
      guarded(async (): Promise<WriteResult> => {
        const current = storedIn(await look());
        if (current?.text !== text) return { kind: "conflict", current };
        if (!current.foreign) return { kind: "written", revision: current.revision };
        const revision = current.revision + 1;
        await remember({ revision, digest: digestOf(text) });
        await history.append({ revision, author: "file", at: Date.now(), message: FOREIGN_MESSAGE, text });
        return { kind: "written", revision };
      }),
    history: (most) =>
      guarded(
        async (): Promise<HistoryResult> => ({ kind: "history", entries: newestFirst(await history.all(), most) }),
      ),
    past: (revision) => guarded(async (): Promise<PastResult> => pastOf(await history.all(), revision)),
    watch(changed) {
      // The folder, not the file: a rename over the file and the swap of a ConfigMap's `..data` link are seen only there.
      try {
        watcher = watch(dirname(path), { persistent: false }, () => {
          settling ??= setTimeout(() => {
            settling = undefined;
            changed();
          }, SETTLE_MS);
        });
        watcher.on("error", (error) => {
          log.warn("the folder of the rules is no longer watched, edits are seen by the poll", { why: error.message });
        });
      } catch (error) {
        log.warn("the folder of the rules cannot be watched, edits are seen by the poll", { why: messageOf(error) });
      }
    },
    async close() {
      watcher?.close();
      clearTimeout(settling);
      await serially(async () => undefined);
    },
  };
}

/** undefined: there is no such file. Rejects for what cannot be rules. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error(`${path} is not a file: put the rules into a file there`);
    if (found.size > MAX_TEXT_BYTES) {
      throw new Error(`${path} has ${found.size} bytes: rules have at most ${MAX_TEXT_BYTES}`);
    }
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) throw new Error(`${path} is not UTF-8 text: save it with that encoding`);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** undefined: there is none, or one that makes no sense; the text is then given its number again. */
async function readNumbering(sidecar: string): Promise<Numbering | undefined> {
  try {
    return Numbering.parse(JSON.parse(await readFile(sidecar, "utf8")));
  } catch {
    return undefined;
  }
}

function storedIn(found: ReadResult): StoredRules | undefined {
  return found.kind === "rules" ? { text: found.text, revision: found.revision, foreign: found.foreign } : undefined;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
