/** What was probably meant, as the end of a sentence. */
export function suggest(written: string, known: readonly string[]): string {
  const [best] = known.map((name) => ({ name, steps: distance(written, name) })).sort((a, b) => a.steps - b.steps);
  if (best !== undefined && best.steps <= Math.max(2, written.length / 4)) return `did you mean ${best.name}?`;
  return `the names are ${known.join(", ")}`;
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (b[j] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
