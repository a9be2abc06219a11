import type { Log } from "../log.ts";
import type { Decision } from "../routing/decision.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import { type CaptureCounts, CaptureDesk } from "./capture-desk.ts";
import { feedbackRecord } from "./record.ts";

export interface WordsOptions {
  readonly store: CaptureStore;
  /** Records that may wait. */
  readonly queue: number;
  /** Captured requests that are remembered. */
  readonly memory: number;
  readonly now: () => Date;
  readonly log: Log;
}

/** Keeps what people say of captured requests, wherever those were forwarded. */
export interface CapturedWords {
  /** That request is kept. */
  onCaptured(requestId: string, decision: Decision): void;
  /** Somebody says whether an answer was liked. @returns whether it is of a captured request, and will be kept. */
  onWord(requestId: string, liked: boolean): boolean;
  readonly counts: Readonly<CaptureCounts>;
  /** Keeps what is left, for some seconds at the most. Never rejects. */
  close(): Promise<void>;
}

export function capturedWords({ store, queue, memory, now, log }: WordsOptions): CapturedWords {
  const desk = new CaptureDesk(store, queue, log);
  /** By the ids of requests; the oldest go first. */
  const captured = new Map<string, Decision>();
  return {
    onCaptured(requestId, decision) {
      captured.set(requestId, decision);
      if (captured.size <= memory) return;
      for (const oldest of captured.keys()) {
        captured.delete(oldest);
        return;
      }
    },
    onWord(requestId, liked) {
      const decision = captured.get(requestId);
      if (decision === undefined) return false;
      // Once for each, like whatever counts it.
      captured.delete(requestId);
      const record = feedbackRecord(requestId, now().toISOString(), decision, liked);
      desk.take({ line: () => JSON.stringify(record), release() {} });
      return true;
    },
    counts: desk.counts,
    close: () => desk.close(),
  };
}
