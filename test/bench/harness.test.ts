import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { until } from "../kit/until.ts";
import { comparison, times } from "./comparison.ts";
import { type Pace, percentile, runAtRate } from "./load/constant-rate.ts";
import { startModel } from "./load/local-model.ts";
import { monotonic } from "./load/monotonic.ts";
import { openClients, rawHead } from "./load/raw-client.ts";
import { checkStream, openStreams, startStreamingModel } from "./load/streams.ts";
import { rulesText } from "./peers/ours.ts";
import { cpuTime, parseCpuTime, residentMiB } from "./process-cost.ts";
import { table, withSection } from "./report.ts";
import { interleave, median } from "./rounds.ts";
import { parseWrk } from "./wrk.ts";

const paceByTimer: Pace = (perSecond, count, onDue) =>
  new Promise((resolve) => {
    const startedAt = monotonic();
    let next = 0;
    const tick = () => {
      for (; next < count && startedAt + (next * 1000) / perSecond <= monotonic(); next++) {
        onDue(startedAt + (next * 1000) / perSecond);
      }
      if (next < count) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(tick, 2);
  });

describe("the bench", () => {
  it("reads processor time of programs with brackets and spaces in their names", () => {
    const stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 17 23 5 5 20 0 1 0 100 1000 10";
    expect(parseCpuTime(stat)).toEqual({ user: 17, system: 23 });
  });

  it("sees a process burn processor time", () => {
    const before = cpuTime(process.pid);
    // Not by the clock on the wall: others may have the processor meanwhile.
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 60_000);
    const after = cpuTime(process.pid);
    expect(after.user + after.system).toBeGreaterThan(before.user + before.system);
  });

  it("reads wrk's report", () => {
    const result = parseWrk('noise\nREPORT {"requests":100,"micros":2000000,"p50":1500,"p99":9000,"errors":0}\n');
    expect(result).toEqual({ requests: 100, perSecond: 50, p50: 1.5, p99: 9 });
  });

  it("fails a run in which one request failed, or none was sent", () => {
    const report = (requests: number, errors: number) =>
      `REPORT {"requests":${requests},"micros":1,"p50":1,"p99":1,"errors":${errors}}`;
    expect(() => parseWrk(report(100, 1))).toThrow("1 of 100 requests failed");
    expect(() => parseWrk(report(0, 0))).toThrow();
    expect(() => parseWrk("unable to connect")).toThrow("unable to connect");
  });

  it("measures in turn and takes the median of each number", async () => {
    const order: string[] = [];
    const values = [1, 10, 3, 30, 2, 20];
    const result = await interleave(["a", "b"], 3, async (contender) => {
      order.push(contender);
      return { cost: values[order.length - 1] ?? 0 };
    });
    expect(order.join("")).toBe("ababab");
    expect(result.get("a")).toEqual({ cost: 2 });
    expect(result.get("b")).toEqual({ cost: 20 });
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("replaces its section and keeps the prose around it", () => {
    const first = withSection("# Title\n\nBefore.\n", "small", "old");
    const written = first.replace("Before.", "Changed by hand.").concat("\nAfter.\n");
    const again = withSection(written, "small", "new");
    expect(again).toBe("# Title\n\nChanged by hand.\n\n<!-- bench: small -->\nnew\n<!-- end: small -->\n\nAfter.\n");
  });

  it("gives the router ten rules that it takes", () => {
    const read = readRules(rulesText(9001, 9002, "path: /v1/chat"));
    if (read.kind === "refused") throw new Error(JSON.stringify(read.errors));
    expect(read.rules.routes[0]?.rules.length).toBe(10);
  });

  it("counts the wait of requests that were due while one answer was slow", async () => {
    let asked = 0;
    const model = await startModel((request, response) => {
      request.resume();
      const answer = () => response.writeHead(200, { "content-length": 2 }).end("ok");
      if (++asked === 5) setTimeout(answer, 200);
      else answer();
    });
    const clients = await openClients(model.stable, 1);
    try {
      const request = rawHead("GET", "/", 0, {});
      const { latency } = await runAtRate(clients, () => request, { perSecond: 100, count: 30, pace: paceByTimer });
      expect(latency.length).toBe(30);
      // 20 requests were due in those 200 ms, one every 10 ms.
      expect(latency.filter((ms) => ms > 45).length).toBeGreaterThanOrEqual(14);
      expect(percentile(latency, 100)).toBeGreaterThanOrEqual(195);
    } finally {
      for (const client of clients) client.close();
      model.close();
    }
  });

  it("fails a constant rate in which one request failed", async () => {
    const model = await startModel((_, response) => response.writeHead(503).end());
    const clients = await openClients(model.stable, 2);
    try {
      const request = rawHead("GET", "/", 0, {});
      const run = runAtRate(clients, () => request, { perSecond: 1000, count: 1, pace: paceByTimer });
      await expect(run).rejects.toThrow("not a 200");
    } finally {
      for (const client of clients) client.close();
      model.close();
    }
  });

  it("gives every stream its events", async () => {
    const model = await startStreamingModel(5);
    try {
      await checkStream("the model", model.stable);
      const streams = await openStreams(model.candidate, 10);
      await until("each has had several", () => streams.received() >= 100);
      expect(streams.broken()).toBeUndefined();
      streams.close();
    } finally {
      model.close();
    }
  });

  it("sees a stream break", async () => {
    const model = await startStreamingModel(5);
    const streams = await openStreams(model.stable, 2);
    model.close();
    await until("it is seen", () => streams.broken() !== undefined);
    streams.close();
  });

  it("compares everyone with nginx", () => {
    const results = new Map([
      [{ name: "nginx" }, { cpu: 2 }],
      [{ name: "ours" }, { cpu: 3 }],
    ]);
    const columns = [
      { head: "µs", key: "cpu", digits: 1 },
      { head: "× nginx", key: "cpu" },
    ];
    expect(comparison(results, columns)).toContain("| ours | 3.0 | 1.50 |");
    expect(times(results, "ours", "HAProxy", "cpu")).toBe("–");
  });

  it("sees how much memory a process has", () => {
    expect(residentMiB(process.pid)).toBeGreaterThan(10);
  });

  it("writes a table", () => {
    expect(table(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x | 1 |");
  });
});
