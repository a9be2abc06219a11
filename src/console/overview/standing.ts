import type { RecentPoint, RouteNow, VersionNow } from "../api/answers.ts";
import { EVERY_MS, versionKey } from "../live/recent.ts";

/** Numbers are of the last half minute: six points. Where a version is cut they are of now, to show that it holds. */
const WINDOW = 6;
const WINDOW_OF_CUT = 1;

/** What one version does now. */
export interface Doing {
  readonly version: VersionNow;
  readonly points: readonly RecentPoint[];
  readonly perSecond: number;
  /** Of its requests, 0–1; undefined: it had none. */
  readonly failed: number | undefined;
  readonly last: RecentPoint | undefined;
  /** Of the route's requests, 0–1: what it got, and what the rules wanted for it; undefined: there were none. */
  readonly measured: number | undefined;
  readonly wanted: number | undefined;
}

/** What the versions of a route do now, stable first. */
export function doings(route: RouteNow, recent: ReadonlyMap<string, readonly RecentPoint[]>): Doing[] {
  const size = route.versions.some(({ cut }) => cut) ? WINDOW_OF_CUT : WINDOW;
  const each = route.versions.map((version) => {
    const points = recent.get(versionKey(route.name, version.version, version.track)) ?? [];
    const window = points.slice(-size);
    return { version, points, window, requests: total(window, "requests") };
  });
  const all = each.reduce((sum, { requests }) => sum + requests, 0);
  return each.map(({ version, points, window, requests }) => ({
    version,
    points,
    perSecond: window.length === 0 ? 0 : requests / ((window.length * EVERY_MS) / 1000),
    failed: requests === 0 ? undefined : Math.min(1, total(window, "failures") / requests),
    last: points.at(-1),
    measured: all === 0 ? undefined : requests / all,
    wanted: all === 0 ? undefined : total(window, "wanted") / all,
  }));
}

function total(points: readonly RecentPoint[], what: "requests" | "failures" | "wanted"): number {
  return points.reduce((sum, point) => sum + point[what], 0);
}

/** What the rules ask for a candidate, from the least to the most; in percent. */
export function askedFor(route: RouteNow, version: string): { readonly from: number; readonly to: number } {
  const shares = route.rules.map((rule) => rule.shares.find((one) => one.version === version)?.percent ?? 0);
  return { from: Math.min(...shares, 100), to: Math.max(...shares, 0) };
}

/** The more somebody should look at it, the higher. */
export function urgency(route: RouteNow): number {
  return Math.max(
    ...route.versions.map(({ cut, cutSlices, verdict }) => {
      if (cut) return 3;
      if (cutSlices.length > 0) return 2;
      return verdict?.verdict === "bad" ? 1 : 0;
    }),
  );
}
