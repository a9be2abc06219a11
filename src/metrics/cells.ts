import { type Decision, NO_RULE, type Track } from "../routing/decision.ts";
import { decisionsOf } from "../routing/decisions-of.ts";
import { FAILURES, type Failure, type Outcome } from "../routing/outcome.ts";
import type { Table } from "../routing/table.ts";
import type { Sliced } from "../slices.ts";
import { type Histogram, histogram, observe, REQUEST_SECONDS } from "./histogram.ts";
import { KnownNames } from "./known-names.ts";
import { countTokens, type TokenCells, tokenCells } from "./token-cells.ts";

/** The numbers of a version on a track of a route. */
export interface VersionCells {
  readonly labels: { readonly route: string; readonly version: string; readonly track: Track };
  readonly duration: Histogram;
  readonly firstByte: Histogram;
  /** In the order of `FAILURES`. */
  readonly failures: Float64Array;
  /** Those of them that stable was asked for instead. */
  readonly fallbacks: Float64Array;
  readonly tokens: TokenCells;
  /** What people said of its answers. */
  readonly feedback: { good: number; bad: number };
  inFlight: number;
}

/** How many requests a rule (or none) gave to a version, by what kind of request and how it went. */
interface RuleCells {
  /** Made of the label values. */
  readonly key: string;
  readonly labels: Readonly<Record<"route" | "version" | "track" | "rule", string>>;
  readonly version: VersionCells;
  readonly requests: Map<number, RequestCell>;
}

interface RequestCell {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
}

/** Cells of rules that have left the document are kept, because counters must not go back; but not more than these. */
const MOST_RETIRED = 200;

const FAILURE_INDEX = new Map(FAILURES.map((failure, i) => [failure, i]));
/** Stands for what is no HTTP status. */
const NO_CODE = 0;

/**
 * What requests count into. Cells belong to label values, so they outlive the table; a decision finds its own by
 * identity, and neither `begin` nor `end` allocates once a kind of request has been seen.
 */
export class Cells {
  readonly customerTypes = new KnownNames();
  readonly modalities = new KnownNames();
  readonly #ofDecision = new WeakMap<Decision, RuleCells>();
  readonly #rules = new Map<string, RuleCells>();
  readonly #versions = new Map<string, VersionCells>();
  /** The table that was applied last. */
  #newest: Table | undefined;
  /** The longest gone first. */
  #retired = new Set<RuleCells>();

  begin(decision: Decision): void {
    this.#of(decision).version.inFlight++;
  }

  /** The request goes on under another decision; `failure`: how the first version failed it. */
  move(from: Decision, to: Decision, failure: Failure | undefined): void {
    const { version } = this.#of(from);
    version.inFlight--;
    this.#of(to).version.inFlight++;
    if (failure === undefined) return;
    countFailure(version.failures, failure);
    countFailure(version.fallbacks, failure);
  }

  /** Whoever had the request in hand is gone, and nobody knows what became of it. */
  lose(decision: Decision): void {
    this.#of(decision).version.inFlight--;
  }

  rate(decision: Decision, liked: boolean): void {
    this.#of(decision).version.feedback[liked ? "good" : "bad"]++;
  }

  end(decision: Decision, customerType: string, modality: string, outcome: Outcome): void {
    const cells = this.#of(decision);
    const { version } = cells;
    version.inFlight--;
    observe(version.duration, outcome.duration);
    if (outcome.firstByte !== undefined) observe(version.firstByte, outcome.firstByte);
    if (outcome.failure !== undefined) countFailure(version.failures, outcome.failure);
    if (outcome.generated !== undefined) countTokens(version.tokens, outcome.generated, outcome.duration);
    const { status } = outcome;
    const code = status >= 100 && status <= 599 ? status : NO_CODE;
    const key = keyOf(this.customerTypes.index(customerType), this.modalities.index(modality), code);
    const cell = cells.requests.get(key) ?? this.#addRequestCell(cells, key);
    cell.count++;
  }

  /**
   * Makes the cells of everything that this table can decide, so that they are there, at 0, before the first request. One route at
   * a time; ends early once another table is applied.
   */
  *applying(table: Table): Sliced<void> {
    this.#newest = table;
    const inForce = new Set<RuleCells>();
    for (const route of table.routes) {
      for (const decision of decisionsOf(route)) {
        const cells = this.#of(decision);
        inForce.add(cells);
        const { modality } = route.route;
        const kind = this.modalities.index(modality.from === "fixed" ? modality.modality : "text");
        const first = keyOf(this.customerTypes.index(table.customers.defaultType), kind, 200);
        if (!cells.requests.has(first)) this.#addRequestCell(cells, first);
      }
      yield;
      if (this.#newest !== table) return;
    }
    this.#retire(inForce);
  }

  rules(): Iterable<RuleCells> {
    return this.#rules.values();
  }

  versions(): Iterable<VersionCells> {
    return this.#versions.values();
  }

  #of(decision: Decision): RuleCells {
    const known = this.#ofDecision.get(decision);
    if (known !== undefined) return known;
    const cells = this.#byLabels(decision);
    this.#ofDecision.set(decision, cells);
    return cells;
  }

  #byLabels(decision: Decision): RuleCells {
    const version = this.#version(decision);
    const labels = { ...version.labels, rule: decision.rule?.name ?? NO_RULE };
    const key = JSON.stringify(Object.values(labels));
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const cells: RuleCells = { key, labels, version, requests: new Map() };
    this.#rules.set(key, cells);
    return cells;
  }

  #version({ route, version, track }: Decision): VersionCells {
    const key = JSON.stringify([route.name, version.version, track]);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const cells = {
      labels: { route: route.name, version: version.version, track },
      duration: histogram(REQUEST_SECONDS),
      firstByte: histogram(REQUEST_SECONDS),
      failures: new Float64Array(FAILURES.length),
      fallbacks: new Float64Array(FAILURES.length),
      tokens: tokenCells(),
      feedback: { good: 0, bad: 0 },
      inFlight: 0,
    };
    this.#versions.set(key, cells);
    return cells;
  }

  #addRequestCell(to: RuleCells, key: number): RequestCell {
    const code = key % 1024;
    const modality = this.modalities.label(Math.floor(key / 1024) % 1024);
    const customer_type = this.customerTypes.label(Math.floor(key / 1024 / 1024));
    const labels = { ...to.labels, customer_type, modality, code: code === NO_CODE ? "other" : String(code) };
    const cell = { labels, count: 0 };
    to.requests.set(key, cell);
    return cell;
  }

  #retire(inForce: ReadonlySet<RuleCells>): void {
    const retired = new Set([...this.#retired].filter((cells) => !inForce.has(cells)));
    for (const cells of this.#rules.values()) if (!inForce.has(cells)) retired.add(cells);
    for (const cells of retired) {
      if (retired.size <= MOST_RETIRED) break;
      retired.delete(cells);
      this.#rules.delete(cells.key);
    }
    this.#retired = retired;
    const needed = new Set([...this.#rules.values()].map(({ version }) => version));
    for (const [key, cells] of this.#versions) if (!needed.has(cells)) this.#versions.delete(key);
  }
}

function countFailure(counts: Float64Array, failure: Failure): void {
  const i = FAILURE_INDEX.get(failure) ?? 0;
  counts[i] = (counts[i] ?? 0) + 1;
}

/** Names and codes are below 1024, so this stays a small integer, which a Map finds without allocating. */
function keyOf(customerType: number, modality: number, code: number): number {
  return (customerType * 1024 + modality) * 1024 + code;
}
