import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type * as Metrics from "../../src/metrics/router-metrics.ts";
import type * as Preview from "../../src/routing/preview.ts";
import type * as Apart from "../../src/rules/read-apart.ts";
import type * as Live from "../../src/store/live-rules.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { memoryLog } from "../kit/memory-log.ts";

/** What a document of 1,000 routes costs the thread that forwards requests, as it is shipped: threads run what is built. */
async function built<T>(path: string): Promise<T> {
  return import(new URL(`../../dist/${path}.js`, import.meta.url).href);
}

const ROUTES = 1_000;
const ROUTE = (i: number) => `  - name: route-${i}
    match: [{ path: /models/${i}/*, method: POST }, { path: /v1/chat/completions, header: { x-model: "m-${i}" } }]
    stable: { version: a, endpoints: "http://10.0.0.1:80" }
    candidate: { version: b, endpoints: "http://10.0.0.2:80" }
    stickyBy: [header:x-session-id, customer]
    rules:
      - { name: staff, when: { customerType: internal }, candidate: 100% }
      - { name: pictures, when: { modality: [image, video] }, candidate: 0% }
      - { name: everyone, candidate: 5% }
`;
const TEXT = `version: 1
customers: { id: header:x-customer, type: header:x-type }
routes:
${Array.from({ length: ROUTES }, (_, i) => ROUTE(i)).join("")}`;

/** Time that this thread has had a processor, in ms. Whatever else the machine is doing does not count. */
function threadTime(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
}

/** The most work that this thread did between two turns of the event loop while the task was under way, in ms. */
async function longestTurn(task: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let running = true;
  let last = threadTime();
  const turn = (): void => {
    const now = threadTime();
    longest = Math.max(longest, now - last);
    if (!running) return;
    last = threadTime();
    setTimeout(turn, 0);
  };
  setTimeout(turn, 0);
  await task();
  running = false;
  turn();
  return longest;
}

/** Of several times the best, since code that runs for the first time is slow, and a collection of garbage may fall into any. */
async function bestOf(times: number, task: (time: number) => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let time = 0; time < times; time++) all.push(await longestTurn(() => task(time)));
  return Math.min(...all);
}

describe.runIf(existsSync("/proc/self/schedstat"))("a document of 1,000 routes", { timeout: 180_000 }, () => {
  let live: Live.LiveRules;
  let apart: typeof Apart;

  beforeAll(async () => {
    apart = await built<typeof Apart>("rules/read-apart");
    const { followRules } = await built<typeof Live>("store/live-rules");
    const { routerMetrics } = await built<typeof Metrics>("metrics/router-metrics");
    const metrics = routerMetrics("1", () => {
      throw new Error("nobody scrapes");
    });
    live = followRules({
      store: memoryStore(),
      read: apart.readRulesApart,
      log: memoryLog(),
      onApplied: (_, table) => metrics.onTable(table),
    });
    await live.started;
  });

  it("is read, checked, compiled and put into force without holding up requests for 10 ms", async () => {
    const longest = await bestOf(5, async (time) => {
      const result = await live.edit({ text: `${TEXT}# ${time}\n`, expected: "any", author: "a", message: "m" });
      expect(result.kind).toBe("written");
    });
    expect(live.current()?.table.routes).toHaveLength(ROUTES);
    expect(longest).toBeLessThan(10);
  });

  it("has one share changed without that either", async () => {
    const longest = await bestOf(2, async (time) => {
      const edit = { route: "route-500", rule: "everyone", share: `${time + 6}%` };
      expect((await apart.setShareApart(TEXT, edit)).kind).toBe("edited");
    });
    expect(longest).toBeLessThan(10);
  });

  it("is tried on 10,000 requests without that either", async () => {
    const { previewing } = await built<typeof Preview>("routing/preview");
    const { inSlices } = await built<typeof import("../../src/slices.ts")>("slices");
    const table = live.current()?.table;
    if (table === undefined) throw new Error("there are no rules");
    const seen = Array.from({ length: 10_000 }, (_, i) => ({
      ...{ method: "POST", path: `/models/${i % ROUTES}/x`, model: "m", modality: "text", customerType: "standard" },
      ...{ stream: false, stateful: false, trusted: true, typeKnown: true, canary: undefined, bodyRead: true },
      ...{
        headers: [],
        customer: `c${i % 300}`,
        keys: [
          ["header:x-session-id", undefined],
          ["customer", `c${i % 300}`],
        ] as const,
      },
      ...{ bucket: i, salt: `route-${i % ROUTES}` },
    }));
    const terms = { cuts: new Map(), now: 0, secret: 1 };
    const longest = await bestOf(3, () => inSlices(previewing(table, table, seen, terms)));
    expect(longest).toBeLessThan(10);
  });
});
