import { signal } from "@preact/signals";
import type { VersionNow } from "../api/answers.ts";
import { onEvent } from "./connection.ts";

type Word = NonNullable<VersionNow["verdict"]>["verdict"];

/** That the guard has come to another verdict. */
export interface VerdictChange {
  /** Milliseconds since 1970, when this browser heard of it. */
  readonly at: number;
  readonly route: string;
  readonly version: string;
  readonly verdict: Word;
  readonly sentence: string;
}

type Told = Omit<VerdictChange, "at">;

/** Those of which this page has heard, the oldest first. */
export const verdictChanges = signal<readonly VerdictChange[]>([]);
const MOST = 200;

/** Follows the verdicts from now on. */
export function followVerdicts(): void {
  const known = new Map<string, Word>();
  onEvent("verdict", (data) => {
    const { verdicts } = data as { readonly verdicts: readonly Told[] };
    const changes = verdicts.filter((one) => {
      const key = JSON.stringify([one.route, one.version]);
      const before = known.get(key);
      known.set(key, one.verdict);
      // That more data are needed again is no news.
      return before !== undefined && before !== one.verdict && one.verdict !== "not enough data";
    });
    if (changes.length === 0) return;
    const at = Date.now();
    verdictChanges.value = [...verdictChanges.value, ...changes.map((one) => ({ ...one, at }))].slice(-MOST);
  });
}
