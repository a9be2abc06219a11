import { excerpt, type Likeness } from "./likeness.ts";

/** A word or number; a character of a script without spaces; anything else by itself. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;
/** Of longer texts only so much is looked at: characters. */
const LOOKED_AT = 200_000;
/** What is shown before the first word that differs: words. */
const BEFORE = 8;
const AFTER = 16;

/**
 * How much two texts have in common: the Sørensen–Dice coefficient of their words and pairs of neighbours, with how often each
 * occurs (Dice 1945). Capitals and spaces do not count. Takes time in proportion to the texts.
 * @param least they agree from this on, 0 to 1.
 */
export function compareText(primary: string, shadow: string, least: number): Likeness {
  const [a, b] = [wordsOf(primary), wordsOf(shadow)];
  const similarity = dice(a, b);
  const first = a.findIndex((word, i) => word !== b[i]);
  const at = first < 0 ? a.length : first;
  const isSame = first < 0 && a.length === b.length;
  const shown = (words: readonly string[]) => excerpt(words.slice(Math.max(0, at - BEFORE), at + AFTER).join(" "));
  return {
    agrees: similarity >= least,
    similarity,
    difference: isSame ? undefined : { where: `from word ${at + 1} on`, primary: shown(a), shadow: shown(b) },
  };
}

function wordsOf(text: string): readonly string[] {
  return text.slice(0, LOOKED_AT).toLowerCase().match(WORD) ?? [];
}

function dice(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  const gramsOf = (words: readonly string[]) => [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
  const [as, bs] = [gramsOf(a), gramsOf(b)];
  if (as.length + bs.length === 0) return 1;
  for (const gram of as) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  let common = 0;
  for (const gram of bs) {
    const left = counts.get(gram) ?? 0;
    if (left === 0) continue;
    counts.set(gram, left - 1);
    common++;
  }
  return (2 * common) / (as.length + bs.length);
}
