/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Pairs of lines that are compared at most; a larger change is shown as all old lines and all new ones. */
const MOST_PAIRS = 4_000_000;

/** A line of two texts: in both, or in one of them only. */
export interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** The difference of two texts as `diff -u` prints it, without its head; none: they are the same. */
export function textDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const lines = compareLines(before.split("\n"), after.split("\n"));
  const shown = new Set<number>();
  lines.forEach(({ mark }, at) => {
    if (mark !== " ") for (let i = at - CONTEXT; i <= at + CONTEXT; i++) shown.add(i);
  });
  const found: string[] = [];
  let [oldLine, newLine, gap] = [1, 1, true];
  lines.forEach(({ mark, text }, at) => {
    if (shown.has(at)) {
      if (gap) found.push(`@@ -${oldLine} +${newLine} @@`);
      found.push(mark + text);
    }
    gap = !shown.has(at);
    if (mark !== "+") oldLine++;
    if (mark !== "-") newLine++;
  });
  return found;
}

/** As few changes as there can be, but for texts that differ very much. */
export function compareLines(old: readonly string[], new_: readonly string[]): Line[] {
  let head = 0;
  while (head < Math.min(old.length, new_.length) && old[head] === new_[head]) head++;
  let tail = 0;
  const most = Math.min(old.length, new_.length) - head;
  while (tail < most && old[old.length - 1 - tail] === new_[new_.length - 1 - tail]) tail++;
  const same = (text: string): Line => ({ mark: " ", text });
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), new_.slice(head, new_.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

/** The longest common subsequence, by the table of its lengths. */
function middle(old: readonly string[], new_: readonly string[]): Line[] {
  const width = new_.length + 1;
  if (old.length * new_.length > MOST_PAIRS) {
    return [...old.map((text): Line => ({ mark: "-", text })), ...new_.map((text): Line => ({ mark: "+", text }))];
  }
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = new_.length - 1; j >= 0; j--) {
      lengths[i * width + j] = old[i] === new_[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < new_.length) {
    const [before, after] = [old[i], new_[j]];
    if (before !== undefined && before === after) {
      lines.push({ mark: " ", text: before });
      i++;
      j++;
    } else if (before !== undefined && (after === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: before });
      i++;
    } else if (after !== undefined) {
      lines.push({ mark: "+", text: after });
      j++;
    }
  }
  return lines;
}
