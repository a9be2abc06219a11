import cluster from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Log, LogLevel } from "../../log.ts";
import type { RequestIds } from "../../proxy/express/request-ids.ts";
import type { Table } from "../../routing/table.ts";
import type { ForForwarding, Forwarding } from "../forwarding.ts";
import { added, type LaneCounts } from "../lane-counts.ts";
import type { LaneSettings } from "../open-lane.ts";
import { ABORT, PROCESS } from "./calls.ts";
import { Hearing } from "./hearing.ts";
import { placeOf } from "./place-of.ts";
import { Worker } from "./worker.ts";

/** Nobody waits longer, in ms, for workers to tell what they have to tell. */
const PATIENCE_MS = 1_000;

/** A worker that has lived so long, in ms, has not ended for what made it begin. */
const LONG_LIFE_MS = 10_000;
/** How long its place stays empty when it has not: at first, and at the most; doubled each time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** Tables that workers may still speak of. */
const TABLES = 4;

export interface ForWorkers extends ForForwarding {
  readonly log: Log;
  readonly requestIds: Pick<RequestIds, "prefix">;
  readonly level: LogLevel;
  /** One has ended, or begun. */
  onChange(): void;
}

/**
 * Forwards in `wanted` processes behind one port, and replaces those that end. Each listens for itself where Node can share a
 * port (`Listener`), so that no connection waits for this process; else connections come to this one, which deals them out
 * in turn. Rejects when one cannot begin.
 */
export async function forwardByWorkers(wanted: number, lane: LaneSettings, parts: ForWorkers): Promise<Forwarding> {
  const { log, level } = parts;
  const workers = new Set<Worker>();
  const tables: Table[] = [];
  let hired = 0;
  let ended = 0;
  let lastEnded: string | undefined;
  let countsOfEnded: LaneCounts = {};
  let draining = false;
  const { proxy } = lane;
  const port = await portFor(proxy);
  const beginning = {
    settings: { ...lane, proxy: { ...proxy, port } },
    captures: parts.captureStore !== undefined,
    id: parts.id,
    prefix: parts.requestIds.prefix,
    level,
    seen: { ...parts.seen, size: Math.ceil(parts.seen.size / wanted) },
  };
  cluster.setupPrimary({
    exec: fileURLToPath(new URL("./worker-process.js", import.meta.url)),
    args: [],
    serialization: "advanced",
  });

  const forwarding = (): Worker[] => [...workers].filter(({ forwards }) => forwards);
  const noteTable = (): void => {
    const table = parts.rules()?.table;
    if (table === undefined || table === tables[0]) return;
    tables.unshift(table);
    tables.length = Math.min(tables.length, TABLES);
  };
  const begin = async (worker: Worker): Promise<void> => {
    workers.add(worker);
    void worker.ended.then(() => {
      workers.delete(worker);
      countsOfEnded = added(countsOfEnded, worker.standing.counts);
    });
    await worker.begin();
    parts.onChange();
  };
  const hire = (): Worker =>
    new Worker(parts, { ...beginning, part: ++hired }, new Hearing(parts.told, () => tables), log);
  /** Keeps one place filled for as long as the router runs. */
  const fill = async (first: Worker): Promise<void> => {
    let early = 0;
    for (let worker = first; ; worker = hire()) {
      const since = performance.now();
      if (worker !== first) {
        await begin(worker).catch((error: Error) => {
          if (!draining) log.error("a worker cannot begin", { worker: worker.pid, why: error.message });
          worker.kill();
        });
      }
      const { how, lost } = await worker.ended;
      if (draining) return;
      ended++;
      lastEnded = new Date().toISOString();
      early = performance.now() - since < LONG_LIFE_MS ? early + 1 : 0;
      const wait = early === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (early - 1));
      const what = { worker: worker.pid, how, requestsLost: lost, left: forwarding().length, replacedInMs: wait };
      log.error(early > 1 ? "a worker has ended again, soon after it had begun" : "a worker has ended", what);
      parts.onChange();
      await pause(wait);
      if (draining) return;
    }
  };

  noteTable();
  const first = Array.from({ length: wanted }, hire);
  try {
    await Promise.all(first.map(begin));
  } catch (error) {
    for (const worker of first) worker.kill();
    throw error;
  }
  for (const worker of first) void fill(worker);
  const caring = setInterval(() => {
    for (const worker of workers) worker.lookAfter();
  }, 1_000);

  return {
    port,
    state: () => ({ wanted, forwarding: forwarding().length, ended, lastEnded }),
    renew(done) {
      const since = performance.now();
      noteTable();
      for (const worker of workers) worker.renew();
      const all = forwarding().map(({ settled }) => settled);
      void Promise.all(all).then(() => done(performance.now() - since));
    },
    abort(target) {
      for (const worker of forwarding()) worker.tell(ABORT, target);
    },
    leftOut(version) {
      const place = placeOf(version);
      return [...new Set(forwarding().flatMap(({ standing }) => standing.leftOut.get(place) ?? []))];
    },
    counts: () => [...workers].reduce((sum, { standing }) => added(sum, standing.counts), countsOfEnded),
    async seen() {
      const found = await Promise.allSettled(forwarding().map((worker) => worker.seen()));
      return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    },
    async caughtUp() {
      await patiently(forwarding().map((worker) => worker.catchUp()));
    },
    async processes() {
      const told: object[][] = [];
      const tell = async (worker: Worker) => void told.push(await worker.ask(PROCESS, undefined));
      await patiently(forwarding().map((worker) => tell(worker).catch(() => undefined)));
      return told;
    },
    async drain(ms) {
      draining = true;
      clearInterval(caring);
      await Promise.all([...workers].map((worker) => worker.drain(ms)));
    },
  };
}

/** Waits for all, but not for long. None rejects. */
async function patiently(all: readonly Promise<void>[]): Promise<void> {
  const late = new AbortController();
  const patience = pause(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([Promise.all(all), patience]);
  late.abort();
}

/**
 * The port that workers share, chosen once where it is 0. Rejects when somebody else listens there: between sockets that share
 * a port the system sees no conflict.
 */
async function portFor({ host, port }: LaneSettings["proxy"]): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : port;
}
