import { describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { rulesText } from "./peers/ours.ts";
import { cpuTime, parseCpuTime } from "./process-cost.ts";
import { table, withSection } from "./report.ts";
import { interleave, median } from "./rounds.ts";
import { parseWrk } from "./wrk.ts";

describe("the bench", () => {
  it("reads processor time of programs with brackets and spaces in their names", () => {
    const stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 17 23 5 5 20 0 1 0 100 1000 10";
    expect(parseCpuTime(stat)).toEqual({ user: 17, system: 23 });
  });

  it("sees a process burn processor time", () => {
    const before = cpuTime(process.pid);
    const until = performance.now() + 60;
    while (performance.now() < until);
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
    const read = readRules(rulesText(9001, 9002));
    if (read.kind === "refused") throw new Error(JSON.stringify(read.errors));
    expect(read.rules.routes[0]?.rules.length).toBe(10);
  });

  it("writes a table", () => {
    expect(table(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x | 1 |");
  });
});
