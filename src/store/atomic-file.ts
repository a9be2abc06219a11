import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Puts `text` at `path` so that a reader, also one after a power cut, sees the old text or the new one, never a part.
 * Rejects when it cannot; what was there stays.
 */
export async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await withFile(await open(draft, "wx", mode), async (file) => {
      await file.writeFile(text);
      await file.sync();
    });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  // The rename itself is on the disk only once the folder is. Some file systems refuse that, and the text is there anyway.
  await open(folder, "r")
    .then((handle) => withFile(handle, (file) => file.sync()))
    .catch(() => undefined);
}

async function withFile(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
