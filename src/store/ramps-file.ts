import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Log } from "../log.ts";
import { writeAtomically } from "./atomic-file.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { RampsBook } from "./ramps-memory.ts";
import { RampRecord, type RampsStore } from "./ramps-port.ts";

/**
 * Positions in a file of their own beside the rules file. Where it cannot be written they last as long as the process, and a
 * restart begins the ramps anew. One router process writes to a file.
 */
export function fileRamps(path: string, log: Log): RampsStore {
  const serially = oneAtATime();
  const book = new RampsBook();
  let loaded = false;
  let told = false;
  const load = async (): Promise<void> => {
    if (loaded) return;
    book.put(await recordsIn(path, log));
    loaded = true;
  };
  return {
    read: () =>
      serially(async () => {
        await load();
        return { kind: "ramps", records: book.all(), now: Date.now() };
      }),
    swap: (change, expected, after) =>
      serially(async () => {
        await load();
        const result = book.swap(change, expected, after, Date.now());
        if (result.kind !== "swapped") return result;
        try {
          await writeAtomically(path, `${JSON.stringify(book.all(), undefined, 2)}\n`, 0o644);
        } catch (error) {
          if (!told)
            log.warn("positions of ramps cannot be kept, so a restart begins them anew", { path, why: `${error}` });
          told = true;
        }
        return result;
      }),
    // Nobody else writes.
    watch: () => undefined,
    close: () => serially(async () => undefined),
  };
}

/** A file that makes no sense is none: its ramps begin anew, which gives the candidate less and not more. */
async function recordsIn(path: string, log: Log): Promise<readonly RampRecord[]> {
  try {
    return z.array(RampRecord).parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      log.error("the positions of ramps cannot be read, so they begin anew", { path, why: String(error) });
    }
    return [];
  }
}
