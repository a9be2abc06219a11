import { describe, expect, it } from "vitest";
import { quantileMs } from "../../src/metrics/quantile.ts";
import { routerMetrics } from "../../src/metrics/router-metrics.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import type { Decision } from "../../src/routing/decision.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";

const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules:
      - name: all
        candidate: 25%
`;

async function setUp() {
  const reading = readRules(RULES);
  if (reading.kind !== "rules") throw new Error("the rules have mistakes");
  const table = compile(reading.rules, 1);
  const metrics = routerMetrics("1", () => ({
    table,
    cuts: NO_CUTS,
    ramps: [],
    storeUp: true,
    age: 0,
    rejected: 0,
    leftOut: () => [],
    guard: { candidates: [], shared: true },
  }));
  metrics.onTable(table);
  await metrics.exposition(); // The table is taken up in slices, between which other work may come.
  const rule = table.routes[0]?.rules[0];
  const [stable, candidate] = [rule?.rest, rule?.slices[0]?.decision];
  if (stable === undefined || candidate === undefined) throw new Error("no such decisions");
  const ask = (decision: Decision, duration: number, failure?: "http_5xx") => {
    metrics.onDecision(decision);
    const outcome = { status: 200, failure, firstByte: duration / 2, duration, overhead: 0.1 };
    metrics.onOutcome(decision, { customerType: "standard", modality: "text" }, outcome);
  };
  const lastOf = (version: string) =>
    metrics
      .recent()
      .find((one) => one.version === version)
      ?.points.at(-1);
  return { metrics, stable, candidate, ask, lastOf };
}

describe("the last minutes", () => {
  it("count what came since the point before, and what the rules wanted of it", async () => {
    const { metrics, stable, candidate, ask, lastOf } = await setUp();
    for (let i = 0; i < 9; i++) ask(stable, 80);
    ask(candidate, 400, "http_5xx");
    metrics.nextRecent();
    for (let i = 0; i < 4; i++) ask(stable, 80);
    metrics.nextRecent();
    expect(metrics.recent().find(({ version }) => version === "v2")?.points[0]).toMatchObject({
      ...{ requests: 1, failures: 1, wanted: 2.5 },
    });
    expect(lastOf("v1")).toMatchObject({ requests: 4, failures: 0, wanted: 3 });
    expect(lastOf("v2")).toMatchObject({ requests: 0, failures: 0, wanted: 1 });
  });

  it("tell percentiles of the last half minute, and forget what is older", async () => {
    const { metrics, candidate, ask, lastOf } = await setUp();
    ask(candidate, 400);
    metrics.nextRecent();
    expect(lastOf("v2")?.p50).toBeGreaterThan(250);
    expect(lastOf("v2")?.p95).toBeLessThanOrEqual(500);
    expect(lastOf("v2")?.firstByte50).toBeLessThanOrEqual(250);
    for (let i = 0; i < 5; i++) metrics.nextRecent();
    expect(lastOf("v2")?.p50).toBeGreaterThan(250);
    metrics.nextRecent();
    expect(lastOf("v2")?.p50).toBeNull();
  });

  it("tell only of versions that had requests lately, and keep five minutes of all", async () => {
    const { metrics, stable, ask } = await setUp();
    ask(stable, 80);
    expect(metrics.nextRecent().map(({ version }) => version)).toEqual(["v1"]);
    for (let i = 0; i < 70; i++) metrics.nextRecent();
    expect(metrics.nextRecent()).toEqual([]);
    expect(metrics.recent().map(({ points }) => points.length)).toEqual([60, 60]);
  });
});

describe("a quantile", () => {
  it("lies evenly inside its bucket", () => {
    const counts = new Float64Array([0, 4, 0, 0]);
    expect(quantileMs([0.1, 0.2, 0.4], counts, 0.5)).toBeCloseTo(150);
    expect(quantileMs([0.1, 0.2, 0.4], counts, 1)).toBeCloseTo(200);
  });

  it("is the highest bound where all is above", () => {
    expect(quantileMs([0.1, 0.2], new Float64Array([0, 0, 3]), 0.5)).toBe(200);
  });

  it("is unknown where nothing was counted", () => {
    expect(quantileMs([0.1], new Float64Array(2), 0.5)).toBeNull();
  });
});
