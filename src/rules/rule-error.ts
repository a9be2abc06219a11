/** One mistake in a rules document: where it is and what to write instead. */
export interface RuleError {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** Such as `routes[0].rules[1].candidate`; empty: the whole document. */
  readonly path: string;
  /** A sentence that names the thing, the value and the repair. */
  readonly message: string;
}

/** A mistake before its offset has been turned into line and column. */
export interface Mistake {
  /** Offset into the text, in UTF-16 units. */
  readonly offset: number;
  readonly path: string;
  readonly message: string;
}

/** More than a person reads; a hostile document could have a hundred thousand. */
const MOST_ERRORS = 100;

/** In the order of the text, with positions; what is beyond the first 100 is only counted. */
export function ruleErrors(mistakes: readonly Mistake[], text: string): readonly RuleError[] {
  const lineStarts = lineStartsOf(text);
  const sorted = [...mistakes]
    .sort((a, b) => a.offset - b.offset)
    // One broken bracket is reported by each level of the parser that it breaks.
    .filter(
      (one, i, all) =>
        one.message !== all[i - 1]?.message || one.offset !== all[i - 1]?.offset || one.path !== all[i - 1]?.path,
    );
  const errors = sorted.slice(0, MOST_ERRORS).map(({ offset, path, message }) => {
    const line = lineOf(lineStarts, offset);
    return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1, path, message };
  });
  const more = sorted.length - errors.length;
  const last = errors.at(-1);
  if (more > 0 && last !== undefined) {
    errors.push({ ...last, path: "", message: `There are ${more} more mistakes after this one: repair these first.` });
  }
  return errors;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The 1-based line that an offset is in. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** A value of the document as it may stand in a message: quoted, one line, not too long. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

/** A word of the document as it may stand in a message: as code when it is plain, else quoted. */
export function asCode(word: string): string {
  return /^[\x20-\x5f\x61-\x7e]{1,64}$/.test(word) ? `\`${word}\`` : shown(word);
}
