import { parentPort, workerData } from "node:worker_threads";
import { monotonic } from "./monotonic.ts";

const { perSecond, count } = workerData;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const startedAt = monotonic();
for (let index = 0; index < count; index++) {
  const due = startedAt + (index * 1000) / perSecond;
  const wait = due - monotonic();
  if (wait > 0) Atomics.wait(sleeper, 0, 0, wait);
  parentPort?.postMessage(due);
}
