import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { appendFile, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";

/** What a file is called that is being written, and that has been finished. */
export const PART = ".jsonl.part";
const FINISHED = ".jsonl.gz";
/** Of one day: a line of JSON for each finished file. */
const MANIFEST = "manifest.jsonl";

/** What it says of a file. */
export const Finished = z.object({
  file: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  records: z.number(),
  finishedAt: z.string(),
});

/** Whole lines in one file, until it is finished. */
export class CapturePart {
  readonly path: string;
  /** Bytes of whole lines. */
  size = 0;
  private readonly handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Rejects when there is such a file, or it cannot be made. */
  static async begin(path: string): Promise<CapturePart> {
    return new CapturePart(path, await open(path, "ax", 0o640));
  }

  /** Rejects when not all of it could be written; then nothing of it stays. */
  async append(text: string): Promise<void> {
    try {
      await this.handle.appendFile(text);
      this.size += Buffer.byteLength(text);
    } catch (error) {
      // Half a line would spoil the next.
      await this.handle.truncate(this.size).catch(() => undefined);
      throw error;
    }
  }

  /** Says that somebody still writes here. */
  async touch(now: Date): Promise<void> {
    await this.handle.utimes(now, now).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Compresses a part that nobody writes any more, and tells of it in the day's manifest. Rejects when it cannot; the part stays. */
export async function finishPart(part: string, now: () => Date): Promise<void> {
  await endWithWholeLine(part);
  const file = `${part.slice(0, -PART.length)}${FINISHED}`;
  const draft = `${file}.tmp`;
  const hash = createHash("sha256");
  let records = 0;
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) records++;
      done(null, chunk);
    },
  });
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    if ((await stat(part)).size > 0) {
      const into = createWriteStream(draft, { mode: 0o640 });
      await pipeline(createReadStream(part), counting, createGzip(), hashing, into);
      await rename(draft, file);
      const told = {
        file: basename(file),
        sha256: hash.digest("hex"),
        bytes,
        records,
        finishedAt: now().toISOString(),
      };
      await appendFile(join(dirname(part), MANIFEST), `${JSON.stringify(told satisfies z.input<typeof Finished>)}\n`, {
        mode: 0o640,
      });
    }
    await rm(part);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** What a process left that died inside a line ends with the line before. */
async function endWithWholeLine(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const tail = Buffer.alloc(64 * 1024);
    let end = (await file.stat()).size;
    while (end > 0) {
      const start = Math.max(0, end - tail.length);
      const { bytesRead } = await file.read(tail, 0, end - start, start);
      const newline = tail.subarray(0, bytesRead).lastIndexOf(0x0a);
      if (newline >= 0) {
        await file.truncate(start + newline + 1);
        return;
      }
      end = start;
    }
    await file.truncate(0);
  } finally {
    await file.close();
  }
}
