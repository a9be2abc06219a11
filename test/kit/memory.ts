import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** Bytes of buffers that something still holds. */
export function heldBytes(): number {
  // Twice: the first leaves some of the freeing to a thread, the second waits for it.
  for (let i = 0; i < 2; i++) if (typeof collect === "function") collect();
  return process.memoryUsage().arrayBuffers;
}
