import type { Settings } from "../config.ts";
import { type ForThisProcess, forwardHere } from "./forward-here.ts";
import type { Forwarding } from "./forwarding.ts";
import type { ForWorkers } from "./workers/forward-by-workers.ts";

/** In this process where one is enough: then there is nothing to hand over. Rejects when it cannot listen. */
export async function startForwarding(
  settings: Settings,
  parts: ForThisProcess & Omit<ForWorkers, "level">,
): Promise<Forwarding> {
  const { proxy, tracing, capture, log, process } = settings;
  const lane = { proxy, tracing, capture, access: log.access };
  if (process.workers === 1) return forwardHere(lane, parts);
  const { forwardByWorkers } = await import("./workers/forward-by-workers.ts");
  return forwardByWorkers(process.workers, lane, { ...parts, level: log.level });
}
