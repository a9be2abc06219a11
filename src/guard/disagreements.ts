import type { Difference } from "../inference/compare/likeness.ts";
import { DETECTORS, redactText } from "../inference/redact-text.ts";

/** Two answers to one request that do not agree, for people to look at. */
export interface Disagreement {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly requestId: string;
  readonly version: string;
  /** Who answered the client. */
  readonly answeredBy: string;
  readonly rule: string;
  readonly modality: string;
  readonly path: string;
  /** How much of them is alike, 0 to 1; undefined: nobody has looked. */
  readonly similarity: number | undefined;
  /** In words, or as a JSON pointer. */
  readonly where: string;
  /** What stands there, shortened, without what looks like addresses, numbers of people and keys. */
  readonly primary: string;
  readonly shadow: string;
}

/** Routes of which disagreements are kept, at the most. */
const MOST_ROUTES = 1_000;

/** The last disagreements of each route, as many as the route wants. */
export class Disagreements {
  private readonly byRoute = new Map<string, Disagreement[]>();

  /** @param keep how many of the route; 0: none. */
  note(route: string, keep: number, about: Omit<Disagreement, keyof Difference>, difference: Difference): void {
    const kept = this.byRoute.get(route) ?? [];
    if (keep === 0 || (kept.length === 0 && this.byRoute.size >= MOST_ROUTES)) return;
    const redacted = (text: string) => redactText(text, DETECTORS);
    const { where, primary, shadow } = difference;
    kept.push({ ...about, where: redacted(where), primary: redacted(primary), shadow: redacted(shadow) });
    kept.splice(0, Math.max(0, kept.length - keep));
    this.byRoute.set(route, kept);
  }

  /** The newest first. */
  of(route: string): readonly Disagreement[] {
    return [...(this.byRoute.get(route) ?? [])].reverse();
  }
}
