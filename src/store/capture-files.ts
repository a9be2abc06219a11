import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log.ts";
import { CapturePart, finishPart, PART } from "./capture-file.ts";
import type { CaptureStore } from "./capture-port.ts";

export interface CaptureFilesOptions {
  /** Has a folder for each day (UTC): what tracks versions of data tracks a day as it is. */
  readonly folder: string;
  /** Bytes of lines after which a file is finished. */
  readonly fileSize: number;
  /** For how many days after its own a day is kept. */
  readonly days: number;
  /** Tells the files of this process from those of others, which may write into the same folder. */
  readonly instance: string;
  readonly log: Log;
  readonly now: () => Date;
}

const DAY_MS = 24 * 3600 * 1000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const TENDED_EVERY = 60_000;
/** Somebody who still writes into a file touches it more often. */
const ABANDONED_MS = 10 * TENDED_EVERY;

/** Lines of JSON in files, compressed once they are finished: by size, and at the end of each day. */
export function captureFiles(options: CaptureFilesOptions): CaptureStore & { tend(): Promise<void> } {
  const { folder, fileSize, instance, log, now } = options;
  const finishing = new Map<string, Promise<void>>();
  let part: CapturePart | undefined;
  let files = 0;

  const finish = (path: string): void => {
    const finished = finishPart(path, now)
      .catch((error) =>
        log.error("a file of captured requests is not finished; it will be tried again", { path, error }),
      )
      .finally(() => finishing.delete(path));
    finishing.set(path, finished);
  };
  const endPart = async (): Promise<void> => {
    const ended = part;
    part = undefined;
    if (ended === undefined) return;
    await ended.close();
    finish(ended.path);
  };
  const partFor = async (at: Date): Promise<CapturePart> => {
    const day = at.toISOString().slice(0, 10);
    const here = join(folder, day);
    if (part !== undefined && (part.size >= fileSize || !part.path.startsWith(join(here, "/")))) await endPart();
    if (part === undefined) {
      await mkdir(here, { recursive: true, mode: 0o750 });
      const time = at.toISOString().slice(11, 19).replaceAll(":", "");
      part = await CapturePart.begin(join(here, `${time}-${instance}-${++files}${PART}`));
    }
    return part;
  };
  const tendOnce = async (): Promise<void> => {
    const at = now();
    await part?.touch(at);
    if (part !== undefined && !part.path.startsWith(join(folder, at.toISOString().slice(0, 10), "/"))) await endPart();
    await forget(options, at);
    const isBusy = (path: string) => path === part?.path || finishing.has(path);
    for (const path of await abandoned(options, at, isBusy)) finish(path);
  };
  // One after the other: what one of them has just made its own, the next would take for left behind.
  let tended: Promise<void> = Promise.resolve();
  const tend = (): Promise<void> => {
    tended = tended.then(tendOnce, tendOnce);
    return tended;
  };
  const tending = () => void tend().catch((error) => log.warn("captured requests are not tended", { folder, error }));
  tending();
  const timer = setInterval(tending, TENDED_EVERY).unref();

  return {
    tend,
    async write(lines) {
      const current = await partFor(now());
      await current.append(`${lines.join("\n")}\n`);
    },
    async close() {
      clearInterval(timer);
      await tended.catch(() => undefined);
      await endPart().catch((error) => log.error("captured requests are not closed", { folder, error }));
      await Promise.all(finishing.values());
    },
  };
}

/** Removes days that are over their time. */
async function forget({ folder, days, log }: CaptureFilesOptions, at: Date): Promise<void> {
  const oldest = new Date(at.getTime() - days * DAY_MS).toISOString().slice(0, 10);
  for (const day of await daysIn(folder)) {
    if (day >= oldest) continue;
    await rm(join(folder, day), { recursive: true, force: true });
    log.info("captured requests are over their time and have been removed", { folder, day });
  }
}

/**
 * What was begun and is not written any more: our own that could not be finished, and what processes have left that are not there any
 * more. Renaming decides between several that want it.
 */
async function abandoned(
  { folder, instance }: CaptureFilesOptions,
  at: Date,
  isBusy: (path: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const day of await daysIn(folder)) {
    for (const name of await readdir(join(folder, day))) {
      const path = join(folder, day, name);
      if (!name.endsWith(PART) || isBusy(path)) continue;
      if (name.includes(`-${instance}-`)) {
        found.push(path);
        continue;
      }
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (at.getTime() - mtimeMs < ABANDONED_MS) continue;
      const ours = `${path.slice(0, -PART.length)}-${instance}-${PART}`;
      await rename(path, ours).then(
        () => found.push(ours),
        () => undefined, // somebody else was first
      );
    }
  }
  return found;
}

async function daysIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => DAY.test(name));
}
