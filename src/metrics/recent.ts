import type { Track } from "../routing/decision.ts";
import type { Cells, VersionCells } from "./cells.ts";
import { REQUEST_SECONDS } from "./histogram.ts";
import { quantileMs } from "./quantile.ts";

/** Milliseconds between two points, and how many are kept: five minutes. */
export const RECENT_EVERY_MS = 5_000;
const POINTS = 60;
/** Percentiles are of the last half minute, so that a version with few requests has any. */
const WINDOW = 6;

/** What became of the requests of one version since the point before. */
export interface RecentPoint {
  readonly requests: number;
  readonly failures: number;
  /** How many the rules would have given it, on average, of what was asked. */
  readonly wanted: number;
  /** Of the last half minute, in ms; null: there were no requests. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly firstByte50: number | null;
  /** Of answers that came as a stream of tokens. */
  readonly firstToken50: number | null;
}

export interface RecentVersion {
  readonly route: string;
  readonly version: string;
  readonly track: Track;
  /** The oldest first; the last is of now. */
  readonly points: readonly RecentPoint[];
}

/** A version's share, 0–1, under a rule of a route; 0: the rule gives it nothing. */
export type ShareOf = (route: string, rule: string, version: string) => number;

interface Seen {
  readonly points: RecentPoint[];
  /** Totals as they were at the last points, the oldest first. */
  readonly before: Totals[];
}

interface Totals {
  readonly duration: Float64Array;
  readonly firstByte: Float64Array;
  readonly firstToken: Float64Array;
  readonly failures: number;
}

/** The last minutes of every version, as the cells count them here. */
export class Recent {
  readonly #cells: Cells;
  #seen = new Map<VersionCells, Seen>();
  #asked = new Map<string, number>();

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** Makes the next point, and answers it of those versions that had requests lately. */
  step(shareOf: ShareOf): RecentVersion[] {
    const wanted = this.#wanted(shareOf);
    const next = new Map<VersionCells, Seen>();
    for (const cells of this.#cells.versions()) {
      const seen = this.#seen.get(cells) ?? { points: [], before: [NOTHING] };
      seen.points.push(pointOf(cells, seen.before, wanted(cells)));
      if (seen.points.length > POINTS) seen.points.shift();
      seen.before.push(totalsOf(cells));
      if (seen.before.length > WINDOW) seen.before.shift();
      next.set(cells, seen);
    }
    this.#seen = next;
    return this.all().flatMap(({ points, ...version }) => {
      const last = points.slice(-1);
      return last.some(({ requests, p50 }) => requests > 0 || p50 !== null) ? [{ ...version, points: last }] : [];
    });
  }

  all(): RecentVersion[] {
    return [...this.#seen].map(([{ labels }, { points }]) => ({ ...labels, points }));
  }

  /** What the rules asked for since the last point. */
  #wanted(shareOf: ShareOf): (cells: VersionCells) => number {
    const counts = new Map<string, { route: string; rule: string; requests: number }>();
    for (const { labels, requests } of this.#cells.rules()) {
      const key = JSON.stringify([labels.route, labels.rule]);
      const known = counts.get(key) ?? { route: labels.route, rule: labels.rule, requests: 0 };
      for (const { count } of requests.values()) known.requests += count;
      counts.set(key, known);
    }
    const asked = [...counts].map(([key, one]) => {
      return { ...one, requests: Math.max(0, one.requests - (this.#asked.get(key) ?? 0)) };
    });
    this.#asked = new Map([...counts].map(([key, { requests }]) => [key, requests]));
    const all = new Map<string, number>();
    const ofRoute = new Map<string, typeof asked>();
    for (const one of asked) {
      all.set(one.route, (all.get(one.route) ?? 0) + one.requests);
      ofRoute.set(one.route, [...(ofRoute.get(one.route) ?? []), one]);
    }
    const candidates = new Map<string, number>();
    for (const { labels } of this.#cells.versions()) {
      if (labels.track !== "candidate") continue;
      const own = (ofRoute.get(labels.route) ?? []).reduce(
        (sum, { rule, requests }) => sum + requests * shareOf(labels.route, rule, labels.version),
        0,
      );
      candidates.set(JSON.stringify([labels.route, labels.version]), own);
      all.set(labels.route, (all.get(labels.route) ?? 0) - own);
    }
    return ({ labels: { route, version, track } }) => {
      if (track === "stable") return all.get(route) ?? 0;
      return candidates.get(JSON.stringify([route, version])) ?? 0;
    };
  }
}

const ZEROS = new Float64Array(REQUEST_SECONDS.length + 1);
/** A version that was not there before has had nothing. */
const NOTHING: Totals = { duration: ZEROS, firstByte: ZEROS, firstToken: ZEROS, failures: 0 };

function totalsOf({ duration, firstByte, tokens, failures }: VersionCells): Totals {
  return {
    duration: duration.counts.slice(),
    firstByte: firstByte.counts.slice(),
    firstToken: tokens.first.counts.slice(),
    failures: sum(failures),
  };
}

function pointOf(cells: VersionCells, before: readonly Totals[], wanted: number): RecentPoint {
  const last = before.at(-1) ?? NOTHING;
  const first = before[0] ?? NOTHING;
  const duration = since(cells.duration.counts, first.duration);
  const firstByte = since(cells.firstByte.counts, first.firstByte);
  const firstToken = since(cells.tokens.first.counts, first.firstToken);
  const quantile = (counts: Float64Array, share: number): number | null => {
    const ms = quantileMs(REQUEST_SECONDS, counts, share);
    return ms === null ? null : Math.round(ms * 10) / 10;
  };
  return {
    requests: sum(since(cells.duration.counts, last.duration)),
    failures: Math.max(0, sum(cells.failures) - last.failures),
    wanted: Math.round(wanted * 100) / 100,
    p50: quantile(duration, 0.5),
    p95: quantile(duration, 0.95),
    firstByte50: quantile(firstByte, 0.5),
    firstToken50: quantile(firstToken, 0.5),
  };
}

function since(now: Float64Array, before: Float64Array): Float64Array {
  return now.map((count, i) => count - (before[i] ?? 0));
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
