import { describe, expect, it } from "vitest";
import { routerMetrics } from "../../src/metrics/router-metrics.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import type { Rules } from "../../src/routing/rules.ts";
import { shadowPlan } from "../../src/routing/shadow.ts";
import { compile } from "../../src/routing/table.ts";

const RULES: Rules = {
  customers: { id: [], type: [], defaultType: "standard", types: [], jwt: undefined },
  routes: [
    {
      name: "chat",
      match: [{ path: "/v1/chat", conditions: [] }],
      stable: { version: "v1", endpoints: ["http://127.0.0.1:1"] },
      candidates: [],
      sandbox: [{ version: "v9", endpoints: ["http://127.0.0.1:2"] }],
      shadow: { version: "v9", points: 1_000, keepsCredentials: false, withClient: false },
      stickyBy: [],
      rules: [{ name: "all", when: [], shares: [] }],
      modality: { from: "derived" },
      override: false,
      salt: "chat",
    },
  ],
  tests: [],
};

async function setUp() {
  const table = compile(RULES, 1);
  const guard = { candidates: [], shared: true };
  const state = { table, cuts: NO_CUTS, ramps: [], storeUp: true, age: 1, rejected: 0, leftOut: () => [], guard };
  const metrics = routerMetrics("1.0.0", () => state);
  metrics.onTable(table);
  const route = RULES.routes[0];
  const plan = route && shadowPlan(route, undefined);
  if (plan === undefined) throw new Error("there is a shadow");
  const lines = async () => (await metrics.exposition()).split("\n").filter((line) => line.includes("_shadow_"));
  return { metrics, plan, lines };
}

describe("the metrics of a shadow", () => {
  it("are there at 0 from the start, with the share that the rules ask for", async () => {
    const { lines } = await setUp();
    const text = await lines();
    for (const wanted of [
      'canary_router_shadow_requests_total{code="200",route="chat",version="v9"} 0',
      'canary_router_shadow_dropped_total{reason="queue_full",route="chat",version="v9"} 0',
      'canary_router_shadow_comparisons_total{result="other_answer",route="chat",version="v9"} 0',
      'canary_router_shadow_in_flight{route="chat",version="v9"} 0',
      'canary_router_shadow_share_ratio{route="chat",rule="all",version="v9"} 0.1',
    ]) {
      expect(text).toContain(wanted);
    }
  });

  it("count what became of copies, and leave those of real requests alone", async () => {
    const { metrics, plan, lines } = await setUp();
    const before = [...metrics.numbers()];
    for (let i = 0; i < 3; i++) metrics.shadows.onSent(plan);
    metrics.shadows.onDropped(plan, "cut", true);
    metrics.shadows.onDropped(plan, "too_large", false);
    const outcome = { status: 500, failure: "http_5xx", firstByte: 20, duration: 70, overhead: 0 } as const;
    metrics.shadows.onEnd(plan, outcome);
    const ratios = { similarity: 0.75, durationRatio: 2, tokensRatio: undefined };
    metrics.shadows.onCompared(plan, { result: "other_outcome", ...ratios });
    metrics.shadows.onCompared(plan, { result: { uncompared: "unreadable" }, ...ratios, similarity: undefined });
    const text = await lines();
    for (const wanted of [
      'canary_router_shadow_requests_total{code="500",route="chat",version="v9"} 1',
      'canary_router_shadow_failures_total{reason="http_5xx",route="chat",version="v9"} 1',
      'canary_router_shadow_dropped_total{reason="cut",route="chat",version="v9"} 1',
      'canary_router_shadow_dropped_total{reason="too_large",route="chat",version="v9"} 1',
      'canary_router_shadow_in_flight{route="chat",version="v9"} 1',
      'canary_router_shadow_duration_seconds_sum{route="chat",version="v9"} 0.07',
      'canary_router_shadow_comparisons_total{result="other_outcome",route="chat",version="v9"} 1',
      'canary_router_shadow_uncompared_total{reason="unreadable",route="chat",version="v9"} 1',
      'canary_router_shadow_similarity_ratio_sum{route="chat",version="v9"} 0.75',
      'canary_router_shadow_duration_ratio_sum{route="chat",version="v9"} 4',
    ]) {
      expect(text).toContain(wanted);
    }
    expect([...metrics.numbers()]).toEqual(before);
  });
});
