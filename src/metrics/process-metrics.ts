import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

/** Gauges named like counters, which promtool objects to; `nodejs_active_resources` says the same. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** What a process says of itself: memory, processor time, the event loop. */
export interface ProcessMetrics {
  /** To be added to those of other processes. */
  tell(): Promise<object[]>;
  /** The text that Prometheus reads, of this process and the others together. */
  exposition(others: readonly object[][]): Promise<string>;
}

export function processMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const tell = (): Promise<object[]> => registry.getMetricsAsJSON();
  return {
    tell,
    async exposition(others) {
      if (others.length === 0) return registry.metrics();
      // When this process has started is when the router has.
      const own = (await tell()).map((metric) =>
        "aggregator" in metric && metric.aggregator === "omit" ? { ...metric, aggregator: "first" } : metric,
      );
      return AggregatorRegistry.aggregate([own, ...others]).metrics();
    },
  };
}
