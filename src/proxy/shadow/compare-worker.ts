import { parentPort, workerData } from "node:worker_threads";
import { endpointLimits } from "../../config/endpoint-limits.ts";
import { onlyAllowed } from "../express/addresses.ts";
import type { Job, JobDone } from "./compare-apart.ts";
import { compareBodies } from "./compare-bodies.ts";

/** The other end of `compare-apart`. */
const { allowedEndpoints }: { readonly allowedEndpoints: readonly string[] } = workerData;
const resolve = onlyAllowed(endpointLimits(allowedEndpoints).allowsAddress);

parentPort?.on("message", async ({ id, question }: Job) => {
  const done: JobDone = { id, found: await compareBodies(question, resolve) };
  parentPort?.postMessage(done);
});
