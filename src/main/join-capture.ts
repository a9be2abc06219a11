import { type Capturing, startCapture } from "../capture/capture.ts";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import { captureFiles } from "../store/capture-files.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import { redisCapture } from "../store/capture-redis.ts";
import { redisOf } from "./stores.ts";

/** What is captured, where the settings say that anything is. */
export async function joinCapture(
  settings: Pick<Settings, "capture" | "store" | "proxy">,
  instance: string,
  draw: () => number,
  log: Log,
): Promise<Capturing | undefined> {
  const store = await storeOf(settings, instance, log);
  if (store === undefined) return undefined;
  const { capture, proxy } = settings;
  return startCapture({ store, queue: capture.queue, memory: proxy.feedbackMemory, draw, now: () => new Date(), log });
}

async function storeOf(
  { capture, store }: Pick<Settings, "capture" | "store">,
  instance: string,
  log: Log,
): Promise<CaptureStore | undefined> {
  const { to, folder, fileSize, keepDays: days, streamLength } = capture;
  const redis = to === "redis" ? await redisOf(store) : undefined;
  if (redis !== undefined) return redisCapture(redis, streamLength, days, Date.now);
  return to === "files" ? captureFiles({ folder, fileSize, days, instance, log, now: () => new Date() }) : undefined;
}
