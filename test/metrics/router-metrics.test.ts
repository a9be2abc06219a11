import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type RouterMetrics, routerMetrics } from "../../src/metrics/router-metrics.ts";
import { cutsOf, NO_CUTS } from "../../src/routing/cuts.ts";
import type { Decision } from "../../src/routing/decision.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import type { Rules } from "../../src/routing/rules.ts";
import { compile, type Table } from "../../src/routing/table.ts";

function rules(candidate = "v2", points = 500): Rules {
  return {
    customers: { id: [], type: [], defaultType: "standard", types: [], jwt: undefined },
    routes: [
      {
        name: "chat",
        match: [{ path: "/v1/chat", conditions: [] }],
        stable: { version: "v1", endpoints: ["http://127.0.0.1:1"] },
        candidates: [{ version: candidate, endpoints: ["http://127.0.0.1:2"] }],
        stickyBy: [],
        rules: [
          { name: "staff", when: [{ fact: "customerType", values: ["internal", "größe", "par*"] }], shares: [] },
          { name: "all", when: [], shares: [{ version: candidate, points }] },
        ],
        modality: { from: "derived" },
        override: false,
        salt: "chat",
      },
    ],
    tests: [],
  };
}

function setUp(from = rules()) {
  const table = compile(from, 7);
  const candidate = { route: "chat", version: "v2", verdict: "good" };
  const guard = {
    candidates: [{ ...candidate, signals: [{ signal: "failures", eValue: 12, bothBad: true }] }],
    shared: true,
  };
  const state = { table, cuts: NO_CUTS, ramps: [], storeUp: true, age: 1.5, rejected: 0, leftOut: () => [], guard };
  const metrics = routerMetrics("1.2.3", () => state);
  metrics.onTable(table);
  return { table, state, metrics };
}

function decisionOf(table: Table, track: "stable" | "candidate"): Decision {
  const rule = table.routes[0]?.rules[1];
  const decision = track === "stable" ? rule?.rest : rule?.slices[0]?.decision;
  if (decision === undefined) throw new Error("no such decision");
  return decision;
}

const OK: Outcome = { status: 200, failure: undefined, firstByte: 30, duration: 60, overhead: 0.06 };
const TEXT = { customerType: "internal", modality: "text" };

function exchange(metrics: RouterMetrics, decision: Decision, outcome: Partial<Outcome> = {}, labels = TEXT): void {
  metrics.onDecision(decision);
  metrics.onOutcome(decision, labels, { ...OK, ...outcome });
}

/** The values of the series of one name that have all of these labels. */
async function values(metrics: RouterMetrics, name: string, labels: Record<string, string> = {}): Promise<number[]> {
  const lines = (await metrics.exposition()).split("\n").filter((line) => line.match(/^\w+/)?.[0] === name);
  return lines
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

describe("the router's metrics", () => {
  it("have series of both tracks at 0 before the first request", async () => {
    const { metrics } = setUp();
    for (const track of ["stable", "candidate"]) {
      for (const name of ["requests_total", "failures_total", "requests_in_flight", "request_duration_seconds_count"]) {
        const found = await values(metrics, `canary_router_${name}`, { track });
        expect(found.length, `${name} of ${track}`).toBeGreaterThan(0);
        expect(sum(found)).toBe(0);
      }
    }
  });

  it("count a request once, under the labels of its decision and kind", async () => {
    const { table, metrics } = setUp();
    exchange(metrics, decisionOf(table, "candidate"));
    exchange(metrics, decisionOf(table, "candidate"));
    exchange(metrics, decisionOf(table, "candidate"), { status: 429 });
    const labels = { route: "chat", version: "v2", track: "candidate", rule: "all" };
    const kind = { customer_type: "internal", modality: "text" };
    expect(await values(metrics, "canary_router_requests_total", { ...labels, ...kind, code: "200" })).toEqual([2]);
    expect(await values(metrics, "canary_router_requests_total", { ...labels, ...kind, code: "429" })).toEqual([1]);
    expect(sum(await values(metrics, "canary_router_requests_total"))).toBe(3);
  });

  it("show what is in flight", async () => {
    const { table, metrics } = setUp();
    const candidate = { track: "candidate" };
    metrics.onDecision(decisionOf(table, "candidate"));
    expect(await values(metrics, "canary_router_requests_in_flight", candidate)).toEqual([1]);
    metrics.onOutcome(decisionOf(table, "candidate"), TEXT, OK);
    expect(await values(metrics, "canary_router_requests_in_flight", candidate)).toEqual([0]);
  });

  it("count requests whose bodies were not read to the end, by why, from 0 on", async () => {
    const { metrics } = setUp();
    metrics.onUnread("too_large");
    const name = "canary_router_bodies_unread_total";
    expect(await values(metrics, name, { reason: "too_large" })).toEqual([1]);
    expect(await values(metrics, name, { reason: "coding" })).toEqual([0]);
  });

  it("show a request that moved with the version that has it now", async () => {
    const { table, metrics } = setUp();
    const [candidate, stable] = [decisionOf(table, "candidate"), decisionOf(table, "stable")];
    metrics.onDecision(candidate);
    metrics.onMoved(candidate, stable, undefined);
    expect(await values(metrics, "canary_router_requests_in_flight", { track: "candidate" })).toEqual([0]);
    expect(await values(metrics, "canary_router_requests_in_flight", { track: "stable" })).toEqual([1]);
    metrics.onOutcome(stable, TEXT, OK);
    expect(await values(metrics, "canary_router_requests_in_flight", { track: "stable" })).toEqual([0]);
    expect(sum(await values(metrics, "canary_router_requests_total"))).toBe(1);
  });

  it("count failures by their reason", async () => {
    const { table, metrics } = setUp();
    exchange(metrics, decisionOf(table, "candidate"), {
      status: 504,
      failure: "first_byte_timeout",
      firstByte: undefined,
    });
    const of = (reason: string) => values(metrics, "canary_router_failures_total", { track: "candidate", reason });
    expect(await of("first_byte_timeout")).toEqual([1]);
    expect(await of("http_5xx")).toEqual([0]);
    expect(await values(metrics, "canary_router_time_to_first_byte_seconds_count", { track: "candidate" })).toEqual([
      0,
    ]);
  });

  it("put durations into cumulative buckets of seconds", async () => {
    const { table, metrics } = setUp();
    for (const duration of [5, 60, 1_000, 700_000]) exchange(metrics, decisionOf(table, "stable"), { duration });
    const below = (le: string) =>
      values(metrics, "canary_router_request_duration_seconds_bucket", { track: "stable", le });
    expect(await below("0.005")).toEqual([1]);
    expect(await below("0.05")).toEqual([1]);
    expect(await below("0.1")).toEqual([2]);
    expect(await below("640")).toEqual([3]);
    expect(await below("+Inf")).toEqual([4]);
    expect(await values(metrics, "canary_router_request_duration_seconds_sum", { track: "stable" })).toEqual([701.065]);
    expect(await values(metrics, "canary_router_overhead_seconds_bucket", { le: "0.0001" })).toEqual([4]);
  });

  it("never let a request choose a label", async () => {
    const { table, metrics } = setUp();
    for (const hostile of ['x"} 1\n', "par-excellence", "__proto__"]) {
      exchange(metrics, decisionOf(table, "stable"), {}, { customerType: hostile, modality: hostile });
    }
    const other = { customer_type: "other", modality: "other" };
    expect(await values(metrics, "canary_router_requests_total", other)).toEqual([3]);
  });

  it("show names beyond ASCII as they are written in the rules", async () => {
    const { table, metrics } = setUp();
    const onTheWire = Buffer.from("größe").toString("latin1");
    exchange(metrics, decisionOf(table, "stable"), {}, { customerType: onTheWire, modality: "text" });
    expect(await values(metrics, "canary_router_requests_total", { customer_type: "größe" })).toEqual([1]);
  });

  it("go on counting where they were when other rules come into force", async () => {
    const { table, state, metrics } = setUp();
    exchange(metrics, decisionOf(table, "candidate"));
    const next = compile(rules("v2", 1_000), 8);
    state.table = next;
    metrics.onTable(next);
    exchange(metrics, decisionOf(next, "candidate"));
    const count = { track: "candidate", customer_type: "internal" };
    expect(await values(metrics, "canary_router_requests_total", count)).toEqual([2]);
    expect(await values(metrics, "canary_router_rules_revision")).toEqual([8]);
  });

  it("end a request of rules that have gone in the cells where it began", async () => {
    const { table, metrics } = setUp();
    const old = decisionOf(table, "candidate");
    metrics.onDecision(old);
    metrics.onTable(compile(rules("v3"), 8));
    metrics.onOutcome(old, TEXT, OK);
    expect(await values(metrics, "canary_router_requests_in_flight", { version: "v2" })).toEqual([0]);
    expect(sum(await values(metrics, "canary_router_requests_total", { version: "v2" }))).toBe(1);
  });

  it("keep the series of versions that left, but not without end", async () => {
    const { metrics } = setUp();
    for (let i = 0; i < 300; i++) metrics.onTable(compile(rules(`v${i}`), i));
    const found = await values(metrics, "canary_router_requests_in_flight", { track: "candidate" });
    expect(found.length).toBeGreaterThan(50);
    expect(found.length).toBeLessThan(200);
    expect(await values(metrics, "canary_router_requests_in_flight", { version: "v299" })).toEqual([0]);
  });

  it("say what the rules ask for, and what is cut", async () => {
    const { state, metrics } = setUp();
    const share = (rule: string, version: string) => values(metrics, "canary_router_share_ratio", { rule, version });
    expect(await share("all", "v2")).toEqual([0.05]);
    expect(await share("all", "v1")).toEqual([0.95]);
    expect(await share("staff", "v2")).toEqual([0]);
    expect(await values(metrics, "canary_router_cut", { version: "v2" })).toEqual([0]);
    state.cuts = cutsOf([{ route: "chat", version: "v2" }]);
    expect(await values(metrics, "canary_router_cut", { version: "v2" })).toEqual([1]);
    expect(await values(metrics, "canary_router_cut_slice")).toEqual([]);
  });

  it("say which slices are cut, with labels that the rules have", async () => {
    const { state, metrics } = setUp();
    const of = { route: "chat", version: "v2" };
    state.cuts = cutsOf([
      { ...of, rule: "staff", modality: "image" },
      { ...of, rule: "gone", modality: "image" },
      { ...of, modality: "nonsense" },
    ]);
    expect(await values(metrics, "canary_router_cut", { version: "v2" })).toEqual([0]);
    expect(await values(metrics, "canary_router_cut_slice", { rule: "staff", modality: "image" })).toEqual([1]);
    expect(await values(metrics, "canary_router_cut_slice")).toEqual([1]);
  });

  it("say which endpoint gets nothing for its failures", async () => {
    const { metrics } = setUp();
    expect(new Set(await values(metrics, "canary_router_endpoint_up"))).toEqual(new Set([1]));
    const table = compile(rules(), 7);
    const [endpoint = ""] = table.routes[0]?.route.stable.endpoints ?? [];
    const leftOut = ({ version }: { version: string }) => (version === "v1" ? [endpoint] : []);
    const state = {
      table,
      cuts: NO_CUTS,
      ramps: [],
      storeUp: true,
      age: 1,
      rejected: 0,
      leftOut,
      guard: { candidates: [], shared: true },
    };
    const found = routerMetrics("1.2.3", () => state);
    expect(await values(found, "canary_router_endpoint_up", { version: "v1", endpoint })).toEqual([0]);
    expect(await values(found, "canary_router_endpoint_up", { version: "v2" })).not.toContain(0);
  });

  it("say what the guard thinks", async () => {
    const { metrics } = setUp();
    const of = { route: "chat", version: "v2" };
    expect(await values(metrics, "canary_router_guard_verdict", { ...of, verdict: "good" })).toEqual([1]);
    expect(await values(metrics, "canary_router_guard_verdict", { ...of, verdict: "bad" })).toEqual([0]);
    expect(await values(metrics, "canary_router_guard_e_value", { ...of, signal: "failures" })).toEqual([12]);
    expect(await values(metrics, "canary_router_guard_both_bad", { ...of, signal: "failures" })).toEqual([1]);
    expect(await values(metrics, "canary_router_guard_shared")).toEqual([1]);
  });

  it("say how the rules are, also when there are none", async () => {
    const none = {
      table: undefined,
      cuts: NO_CUTS,
      ramps: [],
      storeUp: false,
      leftOut: () => [],
      age: 12,
      rejected: 2,
      guard: { candidates: [], shared: false },
    };
    const metrics = routerMetrics("1.2.3", () => none);
    expect(await values(metrics, "canary_router_store_up")).toEqual([0]);
    expect(await values(metrics, "canary_router_rules_revision")).toEqual([0]);
    expect(await values(metrics, "canary_router_rules_rejected_total")).toEqual([2]);
    expect(await values(metrics, "canary_router_rules_age_seconds")).toEqual([12]);
    expect(await values(metrics, "canary_router_build_info", { version: "1.2.3" })).toEqual([1]);
  });

  const promtool = spawnSync("promtool", ["--version"]).status === 0;
  it.skipIf(!promtool && !process.env["CI"])("leave promtool nothing to complain about", async () => {
    const { table, metrics } = setUp();
    exchange(metrics, decisionOf(table, "candidate"));
    const checked = spawnSync("promtool", ["check", "metrics"], {
      input: await metrics.exposition(),
      encoding: "utf8",
    });
    expect(checked.stderr + checked.stdout).toBe("");
    expect(checked.status).toBe(0);
  });

  it("counts tokens by version, and times those of streams", async () => {
    const { metrics, table } = setUp();
    const candidate = decisionOf(table, "candidate");
    const tokens = { promptTokens: 100, completionTokens: 11, firstToken: 200 };
    exchange(metrics, candidate, { duration: 700, generated: tokens });
    exchange(metrics, candidate, { generated: { promptTokens: 7, completionTokens: -1, firstToken: -1 } });
    exchange(metrics, candidate, { generated: { promptTokens: -1, completionTokens: 1, firstToken: 900 } });
    const of = (name: string, labels = {}) => values(metrics, `canary_router_${name}`, { version: "v2", ...labels });
    expect(await of("tokens_total", { direction: "input" })).toEqual([107]);
    expect(await of("tokens_total", { direction: "output" })).toEqual([12]);
    expect(await of("time_to_first_token_seconds_count")).toEqual([2]);
    expect((await of("time_to_first_token_seconds_sum"))[0]).toBeCloseTo(1.1);
    expect(await of("time_per_output_token_seconds_count")).toEqual([1]);
    expect((await of("time_per_output_token_seconds_sum"))[0]).toBeCloseTo(0.05);
  });
});
