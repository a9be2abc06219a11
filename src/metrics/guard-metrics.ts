import type { Registry } from "prom-client";
import { ReadMetric, type Series } from "./read-metric.ts";

/** What is thought of one candidate at the moment of a scrape. */
export interface Judged {
  readonly route: string;
  readonly version: string;
  readonly verdict: string;
  readonly signals: readonly { readonly signal: string; readonly eValue: number; readonly bothBad: boolean }[];
}

export interface GuardState {
  readonly candidates: readonly Judged[];
  /** This replica knows what the others see. */
  readonly shared: boolean;
}

const VERDICTS = ["good", "bad", "not enough data"];

/** What the guard thinks. */
export function registerGuardMetrics(registry: Registry, state: () => GuardState): void {
  const metric = (name: string, help: string, read: (state: GuardState) => Iterable<Series>) =>
    new ReadMetric({ name: `canary_router_guard_${name}`, help, type: "gauge", registry, read: () => read(state()) });

  metric("verdict", "Which verdict there is about a candidate (1) and which there is not (0)", ({ candidates }) =>
    candidates.flatMap(({ route, version, verdict }) =>
      VERDICTS.map((one) => ({ labels: { route, version, verdict: one }, value: one === verdict ? 1 : 0 })),
    ),
  );
  metric("e_value", "The evidence that a candidate is worse than is tolerated; 1 is none", ({ candidates }) =>
    candidates.flatMap(({ route, version, signals }) =>
      signals.map(({ signal, eValue }) => ({ labels: { route, version, signal }, value: eValue })),
    ),
  );
  metric(
    "both_bad",
    "Whether a candidate has too much of this and stable has, too (1): look at both",
    ({ candidates }) =>
      candidates.flatMap(({ route, version, signals }) =>
        signals.map(({ signal, bothBad }) => ({ labels: { route, version, signal }, value: bothBad ? 1 : 0 })),
      ),
  );
  metric("shared", "Whether the guard knows what the other replicas see (1) or judges alone (0)", ({ shared }) => [
    { value: shared ? 1 : 0 },
  ]);
}
