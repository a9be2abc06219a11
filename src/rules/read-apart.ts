import { Worker } from "node:worker_threads";
import { type ReadRules, readRules } from "./read-rules.ts";

/** Up to some 20 routes: read in a few milliseconds, less than a thread takes to start. In UTF-16 units. */
const SMALL = 8 * 1024;

/**
 * `readRules` that does not hold up the requests: a document of 1,000 routes takes some 300 ms, which another thread spends.
 * Never rejects. From sources, where no thread could start, it reads in this one.
 */
export async function readRulesApart(text: string): Promise<ReadRules> {
  if (text.length <= SMALL || !import.meta.url.endsWith(".js")) return readRules(text);
  return (await readInThread(text)) ?? readRules(text);
}

/** undefined: the thread ended without an answer. */
function readInThread(text: string): Promise<ReadRules | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./read-worker.js", import.meta.url), { workerData: text });
    worker.once("message", (read: ReadRules) => resolve(read));
    worker.once("error", () => resolve(undefined));
    worker.once("exit", () => resolve(undefined));
  });
}
