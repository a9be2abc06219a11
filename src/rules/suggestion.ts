import { asCode } from "./rule-error.ts";

/** The known word that somebody who wrote `word` most likely meant; undefined: none is close. */
export function closest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  let best: string | undefined;
  let least = Math.min(word.length, Math.max(2, Math.floor(word.length / 3) + 1));
  for (const candidate of known) {
    const distance = sameLetters(word, candidate) ? 1 : edits(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Two letters that have changed places are one slip, not two. */
function sameLetters(one: string, other: string): boolean {
  return one.length > 2 && sorted(one) === sorted(other);
}

function sorted(word: string): string {
  return [...word.toLowerCase()].sort().join("");
}

/** How many letters must be changed, added or left out: Levenshtein's distance, one row at a time. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** `a`, `b` and `c`. */
export function listed(words: readonly string[]): string {
  const quoted = words.slice(0, 12).map(asCode);
  if (words.length > 12) quoted.push(`${words.length - 12} more`);
  const last = quoted.pop();
  return quoted.length === 0 ? (last ?? "none") : `${quoted.join(", ")} and ${last}`;
}
