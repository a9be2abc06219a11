import type { Registry } from "prom-client";
import { FAILURES } from "../routing/outcome.ts";
import type { Cells, VersionCells } from "./cells.ts";
import type { Histogram } from "./histogram.ts";
import { ReadMetric, type Series } from "./read-metric.ts";

/** What became of requests. */
export function registerRequestMetrics(registry: Registry, cells: Cells, overhead: Histogram): void {
  new ReadMetric({
    name: "canary_router_requests_total",
    help: "Requests that have ended, by who answered them under which rule; code is the status the client got",
    type: "counter",
    registry,
    *read() {
      for (const { requests } of cells.rules()) {
        for (const { labels, count } of requests.values()) yield { sharedLabels: labels, value: count };
      }
    },
  });
  new ReadMetric({
    name: "canary_router_failures_total",
    help: "Requests that a version failed, by why",
    type: "counter",
    registry,
    *read() {
      for (const { labels, failures } of cells.versions()) {
        for (const [i, reason] of FAILURES.entries()) {
          yield { labels: { reason }, sharedLabels: labels, value: failures[i] ?? 0 };
        }
      }
    },
  });
  new ReadMetric({
    name: "canary_router_fallbacks_total",
    help: "Requests that stable was asked for because a candidate had failed, by the candidate and why",
    type: "counter",
    registry,
    *read() {
      for (const { labels, fallbacks } of cells.versions()) {
        if (labels.track !== "candidate") continue;
        const { route, version } = labels;
        for (const [i, reason] of FAILURES.entries()) {
          yield { labels: { route, version, reason }, value: fallbacks[i] ?? 0 };
        }
      }
    },
  });
  new ReadMetric({
    name: "canary_router_feedback_total",
    help: "What people said of a version's answers",
    type: "counter",
    registry,
    *read() {
      for (const { labels, feedback } of cells.versions()) {
        yield { labels: { outcome: "good" }, sharedLabels: labels, value: feedback.good };
        yield { labels: { outcome: "bad" }, sharedLabels: labels, value: feedback.bad };
      }
    },
  });
  new ReadMetric({
    name: "canary_router_requests_in_flight",
    help: "Requests that have been given to a version and have not ended",
    type: "gauge",
    registry,
    *read() {
      for (const { labels, inFlight } of cells.versions()) yield { sharedLabels: labels, value: inFlight };
    },
  });
  const perVersion = (name: string, help: string, of: (version: VersionCells) => Histogram) =>
    new ReadMetric({
      name,
      help,
      type: "histogram",
      registry,
      *read() {
        for (const version of cells.versions()) yield* histogramSeries(name, of(version), version.labels);
      },
    });
  perVersion(
    "canary_router_request_duration_seconds",
    "From a request's head to the end of the exchange",
    (version) => version.duration,
  );
  perVersion(
    "canary_router_time_to_first_byte_seconds",
    "From a request's head to the first byte of its answer",
    (version) => version.firstByte,
  );
  new ReadMetric({
    name: "canary_router_tokens_total",
    help: "Tokens that model servers say they have read (input) and generated (output)",
    type: "counter",
    registry,
    *read() {
      for (const { labels, tokens } of cells.versions()) {
        yield { labels: { direction: "input" }, sharedLabels: labels, value: tokens.input };
        yield { labels: { direction: "output" }, sharedLabels: labels, value: tokens.output };
      }
    },
  });
  perVersion(
    "canary_router_time_to_first_token_seconds",
    "From a request's head to the first token of an answer that is streamed",
    ({ tokens }) => tokens.first,
  );
  perVersion(
    "canary_router_time_per_output_token_seconds",
    "From one token of a streamed answer to the next, the mean of each answer",
    ({ tokens }) => tokens.each,
  );
  const name = "canary_router_overhead_seconds";
  new ReadMetric({
    name,
    help: "What the router itself spent on a request before the version had its head",
    type: "histogram",
    registry,
    read: () => histogramSeries(name, overhead, {}),
  });
}

export function* histogramSeries(
  name: string,
  of: Histogram,
  labels: Readonly<Record<string, string>>,
): Iterable<Series> {
  let below = 0;
  for (const [i, count] of of.counts.entries()) {
    below += count;
    const le = String(of.bounds[i] ?? "+Inf");
    yield { metricName: `${name}_bucket`, labels: { le }, sharedLabels: labels, value: below };
  }
  yield { metricName: `${name}_sum`, sharedLabels: labels, value: of.sum };
  yield { metricName: `${name}_count`, sharedLabels: labels, value: below };
}
