import type { Registry } from "prom-client";
import { ReadMetric } from "./read-metric.ts";

/** The processes that forward requests. */
export interface WorkersState {
  /** How many there shall be. */
  readonly wanted: number;
  /** How many take requests at the moment. */
  readonly forwarding: number;
  /** How many have ended though nobody had asked them to. */
  readonly ended: number;
  /** When the last of these did, ISO 8601; it was replaced then, or will be. */
  readonly lastEnded?: string | undefined;
}

/** How the processes are that forward requests; where it is this one alone, it is one of one. */
export function registerWorkersMetrics(registry: Registry, state: () => WorkersState): void {
  const metric = (name: string, type: "gauge" | "counter", help: string, value: (state: WorkersState) => number) =>
    new ReadMetric({
      name: `canary_router_${name}`,
      help,
      type,
      registry,
      read: () => [{ value: value(state()) }],
    });
  metric("workers", "gauge", "Processes that take requests at the moment", ({ forwarding }) => forwarding);
  metric("workers_wanted", "gauge", "Processes that shall take requests", ({ wanted }) => wanted);
  metric(
    "workers_ended_total",
    "counter",
    "Processes that took requests and have ended though nobody had asked them to",
    ({ ended }) => ended,
  );
}
