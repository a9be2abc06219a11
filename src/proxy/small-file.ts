import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";

/** Far more than any key set or list of authorities has. */
export const SMALL_BYTES = 1024 * 1024;

/** A pipe that nobody writes to would hold up whoever opens it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * What a file holds whose path stands in the rules. Pipes and devices, which may never end, and large files throw: whoever edits
 * rules must not stop the router.
 */
export function readSmallFileSync(path: string): Buffer {
  const file = openSync(path, FLAGS);
  try {
    refuseOther(fstatSync(file));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The same as text, without holding up the others. */
export async function readSmallFile(path: string, signal: AbortSignal): Promise<string> {
  const file = await open(path, FLAGS);
  try {
    refuseOther(await file.stat());
    return await file.readFile({ encoding: "utf8", signal });
  } finally {
    await file.close();
  }
}

function refuseOther(found: Stats): void {
  if (!found.isFile()) throw new Error("it is not a file");
  if (found.size > SMALL_BYTES) throw new Error(`it has more than ${SMALL_BYTES} bytes`);
}
