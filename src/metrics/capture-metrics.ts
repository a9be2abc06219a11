import type { Registry } from "prom-client";
import { ReadMetric } from "./read-metric.ts";

/** What became of captured requests at the moment of a scrape. */
export interface CaptureState {
  /** Records by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was written last could be kept. */
  readonly up: boolean;
}

/** `state` gives undefined while nothing is captured. */
export function registerCaptureMetrics(registry: Registry, state: () => CaptureState | undefined): void {
  new ReadMetric({
    name: "canary_router_capture_records_total",
    help: "Records of captured requests, by what became of them; none while nothing is captured",
    type: "counter",
    registry,
    read: () => Object.entries(state()?.counts ?? {}).map(([result, value]) => ({ labels: { result }, value })),
  });
  new ReadMetric({
    name: "canary_router_capture_up",
    help: "Whether captured requests could be kept the last time (1) or are lost (0)",
    type: "gauge",
    registry,
    read: () => {
      const now = state();
      return now === undefined ? [] : [{ value: now.up ? 1 : 0 }];
    },
  });
}
