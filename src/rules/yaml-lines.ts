import type { TreeNode } from "./yaml-tree.ts";

/** Places in a text, by lines. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** After the line's end. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

/** Whether a value is written with brackets. */
export function isFlow(text: string, { start }: TreeNode): boolean {
  return text[start] === "[" || text[start] === "{";
}

/** Where what is written of a value ends, without the space and the comments after it. */
export function contentEnd(text: string, node: TreeNode): number {
  if (isFlow(text, node)) return node.end;
  const last = node.items.at(-1) ?? [...node.entries.values()].at(-1)?.node;
  const end = last === undefined ? node.end : contentEnd(text, last);
  // A text over several lines ends with its line.
  return text[end - 1] === "\n" ? end - 1 : end;
}

/** The comments that stand right above a line, each alone on its line and as far to the right: they belong to it. */
export function withComments(text: string, line: number, column: number, least: number): number {
  let start = line;
  while (start > least) {
    const above = lineStart(text, start - 1);
    const [, indent] = /^([ \t]*)#/.exec(text.slice(above, start)) ?? [];
    if (above < least || indent?.length !== column) break;
    start = above;
  }
  return start;
}

/** The end of the comments below a value that stand further to the right than `column`: they belong to it. */
export function withCommentsBelow(text: string, end: number, column: number, most: number): number {
  let found = end;
  for (let line = end; line < most; line = nextLine(text, line)) {
    const [, indent, sign] = /^([ \t]*)([^\n]?)/.exec(text.slice(line, nextLine(text, line))) ?? [];
    if (sign === "#" && indent !== undefined && indent.length > column) found = nextLine(text, line);
    else if (sign !== "" && sign !== "\r") break;
  }
  return found;
}
