import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { monotonic } from "./monotonic.ts";
import type { RawClient } from "./raw-client.ts";

/** Calls `onDue` as each request becomes due, with the moment (of `monotonic`) it was due. Resolves after the last one. */
export type Pace = (perSecond: number, count: number, onDue: (due: number) => void) => Promise<void>;

export interface Latencies {
  /** Milliseconds from the moment a request was due to its answer's end. */
  readonly latency: readonly number[];
  /** Milliseconds by which requests were sent late: what the generator itself, or the wait for a connection, added. */
  readonly lateness: readonly number[];
}

/**
 * Sends requests at a constant rate, whatever becomes of those before. The clock of each runs from when it was due and not
 * from when it could be sent: a proxy that stands still for a moment has made all that came meanwhile wait. Rejects when
 * one request fails.
 */
export async function runAtRate(
  clients: readonly RawClient[],
  requestOf: (index: number) => Buffer,
  { perSecond, count, pace }: { perSecond: number; count: number; pace: Pace },
): Promise<Latencies> {
  const [latency, lateness]: [number[], number[]] = [[], []];
  const idle = [...clients];
  const waiting: number[] = [];
  let begun = 0;
  let failure: unknown;
  const running = new Set<Promise<void>>();

  const send = async (client: RawClient, due: number): Promise<void> => {
    lateness.push(monotonic() - due);
    await client.exchange(requestOf(begun++));
    latency.push(monotonic() - due);
    const next = waiting.shift();
    if (next === undefined) idle.push(client);
    else await send(client, next);
  };
  await pace(perSecond, count, (due) => {
    // The last one used is the warmest, and a few connections do most of the work, as with any client.
    const client = idle.pop();
    if (client === undefined) {
      waiting.push(due);
      return;
    }
    const sent = send(client, due).catch((error) => {
      failure ??= error;
    });
    running.add(sent);
    void sent.then(() => running.delete(sent));
  });
  await Promise.all(running);
  if (failure !== undefined) throw failure;
  return { latency, lateness };
}

/** A thread that sleeps until each request is due: timers of an event loop are late by up to a millisecond. */
export const paceByThread: Pace = async (perSecond, count, onDue) => {
  const thread = new Worker(join(import.meta.dirname, "pace-thread.js"), { workerData: { perSecond, count } });
  thread.on("message", onDue);
  await once(thread, "exit");
};

/** The value that `percent` of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
