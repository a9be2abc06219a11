import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Log } from "../log.ts";
import { type ApprovalsStore, type Found, idOf, MOST_WAITING, Waiting, type WithText } from "./approvals.ts";
import { writeAtomically } from "./atomic-file.ts";
import { oneAtATime } from "./one-at-a-time.ts";

const Kept = z.array(Waiting.extend({ text: z.string() }));

/**
 * Edits that wait, in a file of their own beside the rules file. Where it cannot be written, and without a path, they last as
 * long as the process. One router process writes to a file.
 */
export function fileApprovals(path: string | undefined, log: Log, now: () => number = Date.now): ApprovalsStore {
  const serially = oneAtATime();
  let known: readonly WithText[] | undefined;
  let told = false;
  const load = async (): Promise<readonly WithText[]> => {
    known ??= path === undefined ? [] : await keptIn(path, log);
    known = known.filter(({ expires }) => expires > now());
    return known;
  };
  const keep = async (next: readonly WithText[]): Promise<void> => {
    known = next;
    if (path === undefined) return;
    try {
      await writeAtomically(path, `${JSON.stringify(next)}\n`, 0o600);
    } catch (error) {
      if (!told)
        log.warn("edits that wait for a second person cannot be kept, so they end with the process", {
          path,
          why: `${error}`,
        });
      told = true;
    }
  };
  const find = async (id: string): Promise<Found> => {
    const waiting = (await load()).find((one) => one.id === id);
    return waiting === undefined ? { kind: "unknown" } : { kind: "found", waiting };
  };
  return {
    add: (asking, lasts) =>
      serially(async () => {
        const id = idOf(asking);
        const found = await find(id);
        if (found.kind === "found") return { kind: "waits", waiting: found.waiting };
        const all = await load();
        if (all.length >= MOST_WAITING) return { kind: "full" };
        const waiting = { ...asking, id, at: now(), expires: now() + lasts };
        await keep([...all, waiting]);
        return { kind: "waits", waiting };
      }),
    all: () => serially(async () => ({ kind: "all", waiting: await load() })),
    find: (id) => serially(() => find(id)),
    take: (id) =>
      serially(async () => {
        const found = await find(id);
        if (found.kind === "found") await keep((await load()).filter((one) => one.id !== id));
        return found;
      }),
    close: () => serially(async () => undefined),
  };
}

/** A file that makes no sense is none: whoever asked for something asks again. */
async function keptIn(path: string, log: Log): Promise<readonly WithText[]> {
  try {
    return Kept.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      log.error("what waits for a second person cannot be read, so it has to be asked for again", {
        path,
        why: `${error}`,
      });
    }
    return [];
  }
}
