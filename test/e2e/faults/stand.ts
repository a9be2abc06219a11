import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "undici";
import { expect } from "vitest";
import { seriesIn } from "../../kit/exposition.ts";
import { loadOf } from "../../kit/process-load.ts";
import { type RouterProcess, startRouterProcess } from "../../kit/router-process.ts";
import { until } from "../../kit/until.ts";
import type { Counts } from "./fault-table.ts";

/** The counters that tell what became of requests. */
const COUNTED = /^canary_router_((?:requests|failures|fallbacks)_total\{.*\})$/;
/** What tells the cases of a family apart; the rest is the same in all of them. */
const SHOWN = /(?:code|reason|track="candidate")[^,}]*/g;
/** Handles of Node's that a request may hold. */
const HANDLES = /^nodejs_active_resources\{type="(TCPSocketWrap|Timeout)"\}$/;
/** Bytes of resident memory that a process may have more after many faults: Node's own heap warms up by some 40 MiB. */
const GROWN = 96 * 1024 * 1024;

/** A router of its own process with which faults are made, and what it tells of them. */
export interface Stand {
  readonly router: RouterProcess;
  readonly port: number;
  /** Asks its admin port, by one connection. */
  ask(
    path: string,
    method?: "POST" | "PUT",
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /** Every series of its metrics. */
  series(): Promise<Map<string, number>>;
  /** Waits until the counters have risen by so much since the start of the test, and by nothing else. */
  counted(counts: Counts): Promise<void>;
  /** Waits until no socket, file or timer is left of what has been. */
  settled(): Promise<void>;
  /** By how many bytes its resident memory has grown since it started to serve. */
  grown(): number;
  /** Ends it, removes its files, and rejects when it has kept more memory than `most` bytes. */
  end(most?: number): Promise<void>;
}

/**
 * `rules`: the document. Idle connections to endpoints are given up soon, so that what stays is a leak. `env` as in
 * `startRouterProcess`.
 */
export async function startStand(
  rules: string,
  env: Readonly<Record<string, string>> = {},
  cli?: string,
): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), "canary-faults-"));
  const file = join(folder, "rules.yaml");
  writeFileSync(file, rules);
  const settings = { RULES_FILE: file, PROXY_ENDPOINT_KEEP_ALIVE_TIMEOUT: "100ms", ...env };
  const router = await startRouterProcess(settings, [], cli);
  const admin = new Client(router.adminUrl);
  const ask: Stand["ask"] = async (path, method, asked) => {
    const headers = method === "PUT" ? { "if-match": "*" } : {};
    const { statusCode, body } = await admin.request({ path, method: method ?? "GET", headers, body: asked ?? null });
    return { status: statusCode, text: await body.text() };
  };
  if ((await ask("/readyz")).status !== 200) {
    await router.kill();
    throw new Error(`the rules are wrong: ${JSON.stringify(router.log)}`);
  }
  const series = async () => seriesIn((await ask("/metrics")).text);
  const handles = async (): Promise<number> => sum(await series(), HANDLES);
  const { memory } = loadOf(router.pid);
  // Now and then it looks at its rules: then their file is open, and the timer for that is not set. What it has at most counts.
  let [files, kept] = [0, 0];
  for (let i = 0; i < 10; i++) {
    files = Math.max(files, loadOf(router.pid).files);
    kept = Math.max(kept, await handles());
    await pause(10);
  }
  let before = countsOf(await series());
  return {
    router,
    port: Number(new URL(router.proxyUrl).port),
    ask,
    series,
    async counted(counts) {
      let risen: Counts = {};
      const asTold = async (): Promise<boolean> => {
        risen = rise(before, countsOf(await series()));
        return JSON.stringify(sorted(risen)) === JSON.stringify(sorted(counts));
      };
      await until("the metrics tell it", asTold, 3_000).catch(() => undefined);
      expect(risen).toEqual(counts);
      before = countsOf(await series());
    },
    async settled() {
      let left: unknown;
      const none = async (): Promise<boolean> => {
        const now = await series();
        const inFlight = sum(now, /^canary_router_requests_in_flight\{/);
        left = { inFlight, files: loadOf(router.pid).files - files, handles: sum(now, HANDLES) - kept };
        return inFlight === 0 && loadOf(router.pid).files <= files && sum(now, HANDLES) <= kept;
      };
      await until("nothing is left", none).catch(() => expect(left).toEqual({ inFlight: 0, files: 0, handles: 0 }));
      before = countsOf(await series());
    },
    grown: () => loadOf(router.pid).memory - memory,
    async end(most = GROWN) {
      const ended = await Promise.race([router.ended, Promise.resolve(undefined)]);
      const grown = ended === undefined ? loadOf(router.pid).memory - memory : 0;
      await admin.destroy();
      await router.kill();
      rmSync(folder, { recursive: true, force: true });
      expect(grown, "what a family of faults leaves in memory").toBeLessThan(most);
    },
  };
}

function sum(series: ReadonlyMap<string, number>, names: RegExp): number {
  return [...series].filter(([name]) => names.test(name)).reduce((total, [, value]) => total + value, 0);
}

function countsOf(series: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, value] of series) {
    const [, told] = COUNTED.exec(name) ?? [];
    if (told === undefined) continue;
    const short = `${told.slice(0, told.indexOf("{"))}{${[...told.matchAll(SHOWN)].join(",")}}`;
    counts.set(short, (counts.get(short) ?? 0) + value);
  }
  return counts;
}

function rise(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Counts {
  const risen = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(risen.filter(([, by]) => by !== 0));
}

function sorted(counts: Counts): (readonly [string, number])[] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}
