import type { Registry } from "prom-client";
import { isModality } from "../inference/modality.ts";
import { BUCKETS } from "../routing/bucket.ts";
import { type Cuts, cutKey, isCut, isWhole } from "../routing/cuts.ts";
import type { Version } from "../routing/rules.ts";
import type { Table } from "../routing/table.ts";
import type { Histogram } from "./histogram.ts";
import { ReadMetric, type Series } from "./read-metric.ts";
import { histogramSeries } from "./request-metrics.ts";

/** What the router knows of its rules at the moment of a scrape. */
export interface RulesState {
  /** undefined: no rules have been seen yet. */
  readonly table: Table | undefined;
  readonly cuts: Cuts;
  readonly ramps: readonly RampState[];
  /** Whether the store could be read the last time. */
  readonly storeUp: boolean;
  /** Seconds since the store last confirmed the rules in force; since the start, when it never has. */
  readonly age: number;
  /** The endpoints of a version that are left out for their failures. */
  leftOut(version: Version): readonly string[];
  /** Documents that were not taken because of errors. */
  readonly rejected: number;
}

/** How far the ramp of a rule has come. */
export interface RampState {
  readonly route: { readonly name: string };
  readonly rule: { readonly name: string };
  readonly steps: { readonly length: number };
  /** From 0. */
  readonly step: number;
  readonly state: string;
  /** `in`: milliseconds until the time of the step has run. */
  readonly next?: { readonly in: number };
}

/** What the rules ask for, and how they are. */
export function registerRulesMetrics(
  registry: Registry,
  state: () => RulesState,
  propagation: { readonly rules: Histogram; readonly cuts: Histogram },
): void {
  const metric = (
    name: string,
    type: "gauge" | "counter",
    help: string,
    read: (state: RulesState) => Iterable<Series>,
  ) => new ReadMetric({ name: `canary_router_${name}`, help, type, registry, read: () => read(state()) });

  metric("share_ratio", "gauge", "The share of requests that a rule asks for a version, 0 to 1", ({ table }) =>
    table === undefined ? [] : shares(table),
  );
  metric("cut", "gauge", "Whether a candidate version is cut (1) and gets nothing", ({ table, cuts }) =>
    (table?.routes ?? []).flatMap(({ route }) =>
      route.candidates.map(({ version }) => ({
        labels: { route: route.name, version },
        value: isCut(cuts, cutKey(route.name, version)) ? 1 : 0,
      })),
    ),
  );
  metric(
    "cut_slice",
    "gauge",
    "What of a candidate version is cut while the rest of it is not: 1",
    ({ table, cuts }) => (table === undefined ? [] : cutSlices(table, cuts)),
  );
  metric(
    "endpoint_up",
    "gauge",
    "Whether an endpoint gets requests (1), or is left out for its failures (0) while the version has others",
    ({ table, leftOut }) => (table === undefined ? [] : endpoints(table, leftOut)),
  );
  const ramp = (name: string, help: string, value: (ramp: RampState) => number | undefined): void => {
    metric(`ramp_${name}`, "gauge", help, ({ ramps }) =>
      ramps.flatMap((one) => {
        const found = value(one);
        return found === undefined ? [] : [{ labels: { route: one.route.name, rule: one.rule.name }, value: found }];
      }),
    );
  };
  ramp("step", "The step that a ramp is at, from 1", ({ step }) => step + 1);
  ramp("steps", "How many steps a ramp has", ({ steps }) => steps.length);
  ramp("running", "Whether a ramp will go on by itself (1) or not (0)", ({ state }) => (state === "running" ? 1 : 0));
  ramp(
    "step_left_seconds",
    "Time that a running ramp stays in its step at least",
    ({ next }) => next && next.in / 1000,
  );
  metric("rules_revision", "gauge", "The revision of the rules in force; 0 when there are none", ({ table }) => [
    { value: table?.revision ?? 0 },
  ]);
  metric(
    "rules_rejected_total",
    "counter",
    "Rules that the store held and that were not taken, for their errors",
    (now) => [{ value: now.rejected }],
  );
  metric("store_up", "gauge", "Whether the store could be read the last time (1) or not (0)", ({ storeUp }) => [
    { value: storeUp ? 1 : 0 },
  ]);
  const spread = (name: string, help: string, histogram: Histogram) =>
    new ReadMetric({ name, help, type: "histogram", registry, read: () => histogramSeries(name, histogram, {}) });
  spread(
    "canary_router_rules_propagation_seconds",
    "From the acceptance of an edit by another replica until it was in force here",
    propagation.rules,
  );
  spread(
    "canary_router_cut_propagation_seconds",
    "From the writing of a cut or restoration by another replica until it was in force here",
    propagation.cuts,
  );
  metric("rules_age_seconds", "gauge", "Time since the store last confirmed the rules in force", ({ age }) => [
    { value: age },
  ]);
}

/** Rules and modalities that are none do not become labels. */
function* cutSlices({ routes }: Table, cuts: Cuts): Iterable<Series> {
  for (const { route } of routes) {
    for (const { version } of route.candidates) {
      for (const slice of cuts.get(cutKey(route.name, version)) ?? []) {
        const { rule = "", modality = "" } = slice;
        if (isWhole(slice) || (rule !== "" && !route.rules.some(({ name }) => name === rule))) continue;
        if (modality === "" || isModality(modality) || modality === "unknown") {
          yield { labels: { route: route.name, version, rule, modality }, value: 1 };
        }
      }
    }
  }
}

function* endpoints({ routes }: Table, leftOut: RulesState["leftOut"]): Iterable<Series> {
  for (const { route } of routes) {
    for (const version of [route.stable, ...route.candidates]) {
      const out = leftOut(version);
      for (const endpoint of new Set(version.endpoints)) {
        const labels = { route: route.name, version: version.version, endpoint };
        yield { labels, value: out.includes(endpoint) ? 0 : 1 };
      }
    }
  }
}

function* shares({ routes }: Table): Iterable<Series> {
  for (const { route } of routes) {
    for (const rule of route.rules) {
      let rest = BUCKETS;
      for (const { version } of route.candidates) {
        const points = rule.shares.find((share) => share.version === version)?.points ?? 0;
        rest -= points;
        yield { labels: { route: route.name, rule: rule.name, version }, value: points / BUCKETS };
      }
      yield { labels: { route: route.name, rule: rule.name, version: route.stable.version }, value: rest / BUCKETS };
    }
  }
}
