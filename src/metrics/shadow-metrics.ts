import type { Registry } from "prom-client";
import { BUCKETS } from "../routing/bucket.ts";
import { shadowPlan } from "../routing/shadow.ts";
import type { Table } from "../routing/table.ts";
import type { Histogram } from "./histogram.ts";
import { ReadMetric, type Series } from "./read-metric.ts";
import { histogramSeries } from "./request-metrics.ts";
import type { ShadowCells, ShadowNumbers } from "./shadow-cells.ts";

/** What became of copies, apart from all that is told of real requests. */
export function registerShadowMetrics(
  registry: Registry,
  numbers: ShadowNumbers,
  table: () => Table | undefined,
): void {
  const metric = (
    name: string,
    type: "counter" | "gauge",
    help: string,
    read: (cells: ShadowCells) => Iterable<Series>,
  ) =>
    new ReadMetric({
      name: `canary_router_shadow_${name}`,
      help,
      type,
      registry,
      *read() {
        for (const cells of numbers.all())
          for (const series of read(cells)) yield { sharedLabels: cells.labels, ...series };
      },
    });
  const counted = <K>(counts: Map<K, number>, label: string, text: (key: K) => string = String) =>
    [...counts].map(([key, value]) => ({ labels: { [label]: text(key) }, value }));

  metric(
    "requests_total",
    "counter",
    "Copies that a shadow has answered or failed, by the status it gave",
    ({ codes }) => counted(codes, "code", (code) => (code === 0 ? "other" : String(code))),
  );
  metric("failures_total", "counter", "Copies that a shadow failed, by why", ({ failures }) =>
    counted(failures, "reason"),
  );
  metric("dropped_total", "counter", "Requests of a shadow's share that were not sent, or given up, by why", (cells) =>
    counted(cells.dropped, "reason"),
  );
  metric("in_flight", "gauge", "Copies under way", ({ inFlight }) => [{ value: inFlight }]);
  metric(
    "tokens_total",
    "counter",
    "Tokens that a shadow says it has read (input) and generated (output)",
    ({ tokens }) => [
      { labels: { direction: "input" }, value: tokens.input },
      { labels: { direction: "output" }, value: tokens.output },
    ],
  );
  metric(
    "comparisons_total",
    "counter",
    "Pairs of answers, a client's and a shadow's, by how they were found",
    (cells) => counted(cells.results, "result"),
  );
  metric("uncompared_total", "counter", "Pairs of answers that were not compared, by why", ({ uncompared }) =>
    counted(uncompared, "reason"),
  );
  const spread = (what: string, help: string, of: (cells: ShadowCells) => Histogram) => {
    const name = `canary_router_shadow_${what}`;
    new ReadMetric({
      name,
      help,
      type: "histogram",
      registry,
      *read() {
        for (const cells of numbers.all()) yield* histogramSeries(name, of(cells), cells.labels);
      },
    });
  };
  spread("duration_seconds", "From the sending of a copy to the end of its answer", ({ duration }) => duration);
  spread(
    "time_to_first_byte_seconds",
    "From the sending of a copy to its answer's first byte",
    (cells) => cells.firstByte,
  );
  spread(
    "duration_ratio",
    "How long a shadow took, in parts of what the client waited",
    (cells) => cells.durationRatio,
  );
  spread("tokens_ratio", "How much a shadow generated, in parts of what the client got", (cells) => cells.tokensRatio);
  spread(
    "similarity_ratio",
    "How much of a shadow's answer is like the client's, 0 to 1",
    ({ similarity }) => similarity,
  );
  new ReadMetric({
    name: "canary_router_shadow_share_ratio",
    help: "The share of a rule's requests that a shadow gets copies of, 0 to 1",
    type: "gauge",
    registry,
    read: () => shares(table()),
  });
}

function* shares(table: Table | undefined): Iterable<Series> {
  for (const { route } of table?.routes ?? []) {
    for (const rule of route.rules) {
      const plan = shadowPlan(route, rule);
      if (plan === undefined) continue;
      const labels = { route: route.name, rule: rule.name, version: plan.version.version };
      yield { labels, value: plan.shadow.points / BUCKETS };
    }
  }
}
