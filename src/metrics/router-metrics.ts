import { Registry } from "prom-client";
import { MODALITIES } from "../inference/modality.ts";
import { BUCKETS } from "../routing/bucket.ts";
import { toBytes } from "../routing/bytes.ts";
import type { Decision, Track } from "../routing/decision.ts";
import { UNREAD, type Unread } from "../routing/facts.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";
import type { Table } from "../routing/table.ts";
import { inSlices, type Sliced } from "../slices.ts";
import { type CaptureState, registerCaptureMetrics } from "./capture-metrics.ts";
import { Cells } from "./cells.ts";
import { type GuardState, registerGuardMetrics } from "./guard-metrics.ts";
import { histogram, OVERHEAD_SECONDS, observe, PROPAGATION_SECONDS } from "./histogram.ts";
import { processMetrics } from "./process-metrics.ts";
import { ReadMetric } from "./read-metric.ts";
import { Recent, type RecentVersion, type ShareOf } from "./recent.ts";
import { registerRequestMetrics } from "./request-metrics.ts";
import { type RulesState, registerRulesMetrics } from "./rules-metrics.ts";
import { ShadowNumbers } from "./shadow-cells.ts";
import { registerShadowMetrics } from "./shadow-metrics.ts";
import { registerWorkersMetrics, type WorkersState } from "./workers-metrics.ts";

/** Spans by what became of them. */
type SpanCounts = Readonly<Record<string, number>>;

/** What a version on a track of a route has done. */
export interface VersionNumbers {
  readonly route: string;
  readonly version: string;
  readonly track: Track;
  /** Those that have ended. */
  readonly requests: number;
  readonly failures: number;
  readonly inFlight: number;
}

/** The router's metrics. All but `exposition` is cheap enough for every request. */
export interface RouterMetrics {
  /** A version is about to get a request. */
  onDecision(decision: Decision): void;
  /** The request goes to another version; `failure` says how the first one failed, undefined: it was cut. */
  onMoved(from: Decision, to: Decision, failure: Failure | undefined): void;
  /** A request was decided without all of the body that rules asked for. */
  onUnread(why: Unread): void;
  /** That request has ended. */
  onOutcome(
    decision: Decision,
    labels: { readonly customerType: string; readonly modality: string },
    outcome: Outcome,
  ): void;
  /** Nobody knows what has become of that request: whoever had it in hand is gone. */
  onLost(decision: Decision): void;
  /** Somebody liked an answer, or did not. */
  onFeedback(decision: Decision, liked: boolean): void;
  /** These rules are in force from now on. */
  onTable(table: Table): void;
  /** Milliseconds from the acceptance of an edit by another replica until it was in force here. */
  onPropagation(ms: number): void;
  /** Milliseconds from the writing of a cut by another replica until it was in force here. */
  onCutPropagation(ms: number): void;
  /** What each version has done since the start. */
  numbers(): Iterable<VersionNumbers>;
  /** The last minutes of each version. */
  recent(): readonly RecentVersion[];
  /** To be called every `RECENT_EVERY_MS`: what came since, of versions that had requests lately. */
  nextRecent(): readonly RecentVersion[];
  readonly shadows: ShadowNumbers;
  /** The text that Prometheus reads, of `contentType`. `others`: what other processes of the router say of themselves. */
  exposition(others?: readonly object[][]): Promise<string>;
  readonly contentType: string;
}

/** `state` is asked on each scrape; `version` is the router's own. */
export function routerMetrics(
  version: string,
  state: () => RulesState & {
    readonly guard: GuardState;
    /** undefined: this process forwards alone. */
    readonly workers?: WorkersState | undefined;
    readonly spans?: SpanCounts | undefined;
    readonly capture?: CaptureState | undefined;
  },
): RouterMetrics {
  const registry = new Registry();
  const cells = new Cells();
  const recent = new Recent(cells);
  let shareOf: ShareOf = () => 0;
  const overhead = histogram(OVERHEAD_SECONDS);
  registerRequestMetrics(registry, cells, overhead);
  const propagation = { rules: histogram(PROPAGATION_SECONDS), cuts: histogram(PROPAGATION_SECONDS) };
  registerRulesMetrics(registry, state, propagation);
  let applied: Promise<void> = Promise.resolve();
  const unread = new Map<Unread, number>();
  new ReadMetric({
    name: "canary_router_bodies_unread_total",
    help: "Requests that were decided without all of the body that rules asked for, by why",
    type: "counter",
    registry,
    read: () => UNREAD.map((reason) => ({ labels: { reason }, value: unread.get(reason) ?? 0 })),
  });
  registerGuardMetrics(registry, () => state().guard);
  registerCaptureMetrics(registry, () => state().capture);
  const shadows = new ShadowNumbers();
  registerShadowMetrics(registry, shadows, () => state().table);
  new ReadMetric({
    name: "canary_router_trace_spans_total",
    help: "Spans, by what became of them; none while tracing is off",
    type: "counter",
    registry,
    read: () => Object.entries(state().spans ?? {}).map(([result, value]) => ({ labels: { result }, value })),
  });
  new ReadMetric({
    name: "canary_router_build_info",
    help: "Always 1; which router this is",
    type: "gauge",
    registry,
    read: () => [{ labels: { version, node: process.versions.node }, value: 1 }],
  });
  registerWorkersMetrics(registry, () => state().workers ?? { wanted: 1, forwarding: 1, ended: 0 });
  const ofProcess = processMetrics();

  return {
    onDecision: (decision) => cells.begin(decision),
    onMoved: (from, to, failure) => cells.move(from, to, failure),
    onUnread: (why) => unread.set(why, (unread.get(why) ?? 0) + 1),
    onOutcome: (decision, { customerType, modality }, outcome) => {
      cells.end(decision, customerType, modality, outcome);
      observe(overhead, outcome.overhead);
    },
    onLost: (decision) => cells.lose(decision),
    onFeedback: (decision, liked) => cells.rate(decision, liked),
    shadows,
    onTable: (table) => {
      shadows.apply(table);
      cells.customerTypes.replace(table.customerTypes);
      cells.modalities.replace(new Set([...MODALITIES, "unknown", ...namedModalities(table)]));
      const applying = function* (): Sliced<void> {
        yield* cells.applying(table);
        shareOf = yield* sharesOf(table);
      };
      applied = inSlices(applying());
    },
    onPropagation: (ms) => observe(propagation.rules, ms),
    onCutPropagation: (ms) => observe(propagation.cuts, ms),
    *numbers() {
      for (const { labels, duration, failures, inFlight } of cells.versions()) {
        yield { ...labels, requests: sum(duration.counts), failures: sum(failures), inFlight };
      }
    },
    recent: () => recent.all(),
    nextRecent: () => recent.step(shareOf),
    exposition: async (others = []) => {
      await applied;
      return (await registry.metrics()) + (await ofProcess.exposition(others));
    },
    contentType: registry.contentType,
  };
}

function* sharesOf({ routes }: Table): Sliced<ShareOf> {
  const known = new Map<string, number>();
  for (const { route } of routes) {
    for (const rule of route.rules) {
      for (const { version, points } of rule.shares) {
        known.set(JSON.stringify([route.name, rule.name, version]), points / BUCKETS);
      }
    }
    yield;
  }
  return (...labels) => known.get(JSON.stringify(labels)) ?? 0;
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

function* namedModalities({ routes }: Table): Iterable<string> {
  for (const { route } of routes) {
    if (route.modality.from === "fixed") yield toBytes(route.modality.modality);
    for (const { fact, values } of [
      ...route.match.flatMap((m) => m.conditions),
      ...route.rules.flatMap((r) => r.when),
    ]) {
      if (fact === "modality") yield* values.filter((value) => !value.includes("*")).map(toBytes);
    }
  }
}
