import { contentEnd, isFlow, lineStart, nextLine, withComments, withCommentsBelow } from "./yaml-lines.ts";
import type { TreeNode } from "./yaml-tree.ts";

/** A list cut into its items and what stands between them, so that items can change places. */
export interface ListPieces {
  readonly before: string;
  readonly items: readonly string[];
  /** What stands between two items; one less than there are items. */
  readonly gaps: readonly string[];
  readonly after: string;
  /** undefined: it is written with brackets. Else the column of the dashes. */
  readonly column: number | undefined;
}

/** undefined: it is written in a way that cannot be cut. The list must have items. */
export function listPieces(text: string, list: TreeNode): ListPieces | undefined {
  return isFlow(text, list) ? flowPieces(text, list) : blockPieces(text, list);
}

export function joined({ before, items, gaps, after }: Omit<ListPieces, "column">): string {
  return before + items.map((item, i) => item + (i < items.length - 1 ? (gaps[i] ?? "") : "")).join("") + after;
}

function flowPieces(text: string, { items }: TreeNode): ListPieces {
  const first = items[0]?.start ?? 0;
  const last = items.at(-1)?.end ?? 0;
  return {
    before: text.slice(0, first),
    items: items.map(({ start, end }) => text.slice(start, end)),
    gaps: items.slice(1).map(({ start }, i) => text.slice(items[i]?.end, start)),
    after: text.slice(last),
    column: undefined,
  };
}

/** Whole lines: an item has the comments right above it, and those inside it. */
function blockPieces(text: string, { items }: TreeNode): ListPieces | undefined {
  const dashes = items.map((item) => dashOf(text, item));
  const [first] = dashes;
  if (first === undefined) return undefined;
  const column = first - lineStart(text, first);
  const starts: number[] = [];
  const ends: number[] = [];
  let least = lineStart(text, first);
  // What stands above the first one, up to the line of the list's key.
  while (least > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, least - 1), least)))
    least = lineStart(text, least - 1);
  for (const [i, item] of items.entries()) {
    const dash = dashes[i];
    if (dash === undefined) return undefined;
    starts.push(withComments(text, lineStart(text, dash), column, least));
    const end = nextLine(text, contentEnd(text, item));
    const following = dashes[i + 1];
    const most = following === undefined ? text.length : lineStart(text, following);
    least = withCommentsBelow(text, end, column, most);
    ends.push(least);
  }
  const pieces = starts.map((start, i) => text.slice(start, ends[i]));
  const finished = pieces.at(-1)?.endsWith("\n") === true;
  return {
    before: text.slice(0, starts[0]),
    items: pieces.map((piece) => (piece.endsWith("\n") ? piece : `${piece}\n`)),
    gaps: starts.slice(1).map((start, i) => text.slice(ends[i], start)),
    after: finished ? text.slice(ends.at(-1)) : "",
    column,
  };
}

/** Where the dash of an item stands, when it begins its line. */
function dashOf(text: string, { start }: TreeNode): number | undefined {
  const line = lineStart(text, start);
  const [, indent] = /^([ \t]*)-[ \t]+$/.exec(text.slice(line, start)) ?? [];
  return indent === undefined ? undefined : line + indent.length;
}
