import type { Pace } from "./sequential.ts";

/** Requests since a beginning. */
export interface Requests {
  readonly candidate: number;
  readonly stable: number;
}

interface Sample extends Requests {
  /** Milliseconds, monotone. */
  readonly at: number;
}

const WINDOW_MS = 60_000;
const BETWEEN_MS = 1_000;
/** Sooner nobody can say how many come. */
const LEAST_MS = 5_000;

/** How fast requests have come in the last minute, candidate by candidate. */
export class Paces {
  private readonly samples = new Map<string, Sample[]>();

  note(route: string, version: string, requests: Requests, at: number): void {
    const key = keyOf(route, version);
    const samples = this.samples.get(key) ?? [];
    this.samples.set(key, samples);
    const last = samples.at(-1);
    // Numbers that go back are others' that begin anew.
    if (last !== undefined && requests.candidate < last.candidate) samples.length = 0;
    else if (last !== undefined && at - last.at < BETWEEN_MS) return;
    samples.push({ ...requests, at });
    while ((samples[0]?.at ?? at) < at - WINDOW_MS) samples.shift();
  }

  /** undefined: not known, or nothing comes. */
  of(route: string, version: string): Pace | undefined {
    const samples = this.samples.get(keyOf(route, version)) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return undefined;
    const candidate = last.candidate - first.candidate;
    const all = candidate + last.stable - first.stable;
    if (candidate <= 0) return undefined;
    return { perSecond: candidate / ((last.at - first.at) / 1000), share: candidate / all };
  }

  forget(route: string, version: string): void {
    this.samples.delete(keyOf(route, version));
  }
}

function keyOf(route: string, version: string): string {
  return JSON.stringify([route, version]);
}
