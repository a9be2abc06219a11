import { signal } from "@preact/signals";
import type { RecentNow, RecentPoint } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { onEvent, onOpened } from "./connection.ts";

/** The last minutes of each version, the oldest point first, by `versionKey`; all end now. */
export const recent = signal<ReadonlyMap<string, readonly RecentPoint[]>>(new Map());
/** Milliseconds between two points. */
export const EVERY_MS = 5_000;
const MOST = 60;

const IDLE: RecentPoint = {
  requests: 0,
  failures: 0,
  wanted: 0,
  p50: null,
  p95: null,
  firstByte50: null,
  firstToken50: null,
};

export function versionKey(route: string, version: string, track: "stable" | "candidate"): string {
  return JSON.stringify([route, version, track]);
}

/** Follows the numbers from now on. */
export function followRecent(): void {
  onOpened(async () => {
    const answer = await call<RecentNow>("/api/recent");
    if (answer.kind === "done") recent.value = byKey(answer.value.versions);
  });
  onEvent("recent", (data) => {
    const told = byKey((data as RecentNow).versions);
    const keys = new Set([...recent.value.keys(), ...told.keys()]);
    // Who is not told of has had no requests.
    recent.value = new Map(
      [...keys].map((key) => [key, [...(recent.value.get(key) ?? []), told.get(key)?.[0] ?? IDLE].slice(-MOST)]),
    );
  });
}

function byKey(versions: RecentNow["versions"]): Map<string, readonly RecentPoint[]> {
  return new Map(versions.map(({ route, version, track, points }) => [versionKey(route, version, track), points]));
}
