import { type CapturedWords, capturedWords } from "../capture/captured-words.ts";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import { captureFiles } from "../store/capture-files.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import { redisCapture } from "../store/capture-redis.ts";
import { oneAtATime } from "../store/one-at-a-time.ts";
import type { LaneCounts } from "./lane-counts.ts";
import { redisOf } from "./stores.ts";

/** What all lanes together capture. */
export interface JoinedCapture extends Omit<CapturedWords, "counts"> {
  /** Where lanes write to, one after the other. */
  readonly store: CaptureStore;
  readonly counts: LaneCounts;
  /** What was written last could be kept. */
  up(): boolean;
}

/** Where captured requests are kept, and what is said of them later. undefined: the settings say that nothing is. */
export async function joinCapture(
  settings: Pick<Settings, "capture" | "store" | "proxy">,
  instance: string,
  log: Log,
): Promise<JoinedCapture | undefined> {
  const kept = await storeOf(settings, instance, log);
  if (kept === undefined) return undefined;
  const { capture, proxy } = settings;
  const serially = oneAtATime();
  let up = true;
  const store: CaptureStore = {
    write: (lines) =>
      serially(async () => {
        const done = kept.write(lines).then(() => true);
        up = await done.catch(() => false);
        await done;
      }),
    // Others may still write.
    close: async () => undefined,
  };
  const { counts, ...words } = capturedWords({
    ...{ store, queue: capture.queue, memory: proxy.feedbackMemory, log },
    now: () => new Date(),
  });
  return {
    ...words,
    store,
    get counts() {
      return { capture: { ...counts } };
    },
    up: () => up,
    async close() {
      await words.close();
      await kept.close();
    },
  };
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
