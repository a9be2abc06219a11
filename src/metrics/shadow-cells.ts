import { FAILURES, type Outcome } from "../routing/outcome.ts";
import { SHADOW_DROPS, type ShadowDrop, type ShadowPlan, shadowPlan } from "../routing/shadow.ts";
import type { Table } from "../routing/table.ts";
import { type Histogram, histogram, observe, REQUEST_SECONDS } from "./histogram.ts";
import { countTokens, type TokenCells, tokenCells } from "./token-cells.ts";

/** How two answers to a request were found to be. Label values of `canary_router_shadow_comparisons_total{result}`. */
export const COMPARISON_RESULTS = [
  "agree",
  "other_outcome", // one has failed, or was refused, and the other was not
  "other_answer",
] as const;

/** Why they were not held against each other. Label values of `canary_router_shadow_uncompared_total{reason}`. */
export const UNCOMPARED = [
  "both_failed",
  "client_left",
  "too_large",
  "no_memory",
  "queue_full", // more was waiting to be compared than may
  "unreadable", // it is not what the way to compare is for
  "hook_failed",
] as const;

export type ComparisonResult = (typeof COMPARISON_RESULTS)[number];
export type Uncompared = (typeof UNCOMPARED)[number];

/** What was found of a pair of answers. */
export interface ComparedNumbers {
  readonly result: ComparisonResult | { readonly uncompared: Uncompared };
  /** How much of the answers is alike, 0 to 1; undefined: nobody has looked. */
  readonly similarity: number | undefined;
  /** The shadow's time in parts of the client's, and its generated tokens; undefined: one of them did not tell. */
  readonly durationRatio: number | undefined;
  readonly tokensRatio: number | undefined;
}

/** How many times as long, or as much. */
const RATIOS = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10] as const;
const PARTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const;

/** The numbers of a shadow of a route. Never those of real requests. */
export interface ShadowCells {
  readonly labels: { readonly route: string; readonly version: string };
  readonly codes: Map<number, number>;
  readonly failures: Map<string, number>;
  readonly dropped: Map<ShadowDrop, number>;
  readonly duration: Histogram;
  readonly firstByte: Histogram;
  readonly tokens: TokenCells;
  readonly results: Map<ComparisonResult, number>;
  readonly uncompared: Map<Uncompared, number>;
  readonly similarity: Histogram;
  readonly durationRatio: Histogram;
  readonly tokensRatio: Histogram;
  inFlight: number;
}

/** What shadows do. Counters of those that are gone from the rules stay, because they must not go back, but not for ever. */
export class ShadowNumbers {
  readonly #cells = new Map<string, ShadowCells>();
  readonly #ofPlan = new WeakMap<ShadowPlan, ShadowCells>();

  /** Makes the cells of all shadows of a table, so that they are there, at 0, from the start. */
  apply({ routes }: Table): void {
    for (const { route } of routes) {
      for (const rule of [undefined, ...route.rules]) {
        const plan = shadowPlan(route, rule);
        if (plan !== undefined) this.of(plan);
      }
    }
  }

  onSent(plan: ShadowPlan): void {
    this.of(plan).inFlight++;
  }

  onDropped(plan: ShadowPlan, why: ShadowDrop, sent: boolean): void {
    const cells = this.of(plan);
    if (sent) cells.inFlight--;
    add(cells.dropped, why);
  }

  onEnd(plan: ShadowPlan, { status, failure, firstByte, duration, generated }: Outcome): void {
    const cells = this.of(plan);
    cells.inFlight--;
    add(cells.codes, status >= 100 && status <= 599 ? status : 0);
    if (failure !== undefined) add(cells.failures, failure);
    observe(cells.duration, duration);
    if (firstByte !== undefined) observe(cells.firstByte, firstByte);
    if (generated !== undefined) countTokens(cells.tokens, generated, duration);
  }

  onCompared(plan: ShadowPlan, { result, similarity, durationRatio, tokensRatio }: ComparedNumbers): void {
    const cells = this.of(plan);
    if (typeof result === "string") add(cells.results, result);
    else add(cells.uncompared, result.uncompared);
    // Histograms count seconds, and are told milliseconds.
    if (similarity !== undefined) observe(cells.similarity, similarity * 1000);
    if (durationRatio !== undefined) observe(cells.durationRatio, durationRatio * 1000);
    if (tokensRatio !== undefined) observe(cells.tokensRatio, tokensRatio * 1000);
  }

  all(): Iterable<ShadowCells> {
    return this.#cells.values();
  }

  of(plan: ShadowPlan): ShadowCells {
    const found = this.#ofPlan.get(plan);
    if (found !== undefined) return found;
    const cells = this.#cells.get(plan.cutKey) ?? this.#make(plan);
    this.#ofPlan.set(plan, cells);
    return cells;
  }

  #make(plan: ShadowPlan): ShadowCells {
    if (this.#cells.size >= MOST) this.#forgetOldest();
    const [route = ""] = plan.cutKey.split("\u0000");
    const cells: ShadowCells = {
      labels: { route, version: plan.version.version },
      codes: new Map([[200, 0]]),
      failures: new Map(FAILURES.map((failure) => [failure, 0])),
      dropped: new Map(SHADOW_DROPS.map((why) => [why, 0])),
      duration: histogram(REQUEST_SECONDS),
      firstByte: histogram(REQUEST_SECONDS),
      tokens: tokenCells(),
      results: new Map(COMPARISON_RESULTS.map((result) => [result, 0])),
      uncompared: new Map(UNCOMPARED.map((why) => [why, 0])),
      similarity: histogram(PARTS),
      durationRatio: histogram(RATIOS),
      tokensRatio: histogram(RATIOS),
      inFlight: 0,
    };
    this.#cells.set(plan.cutKey, cells);
    return cells;
  }

  #forgetOldest(): void {
    for (const [key, { inFlight }] of this.#cells) {
      if (inFlight > 0) continue;
      this.#cells.delete(key);
      return;
    }
  }
}

/** More shadows than this, and the longest known one is forgotten. */
const MOST = 1_000;

function add<K>(to: Map<K, number>, key: K): void {
  to.set(key, (to.get(key) ?? 0) + 1);
}
