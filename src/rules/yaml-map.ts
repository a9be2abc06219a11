import { contentEnd, isFlow, lineStart, nextLine, withComments } from "./yaml-lines.ts";
import type { Plain, TreeNode } from "./yaml-tree.ts";
import { isList, yamlFlow, yamlItem, yamlWord } from "./yaml-words.ts";

/** Writes a key that a map does not have yet; undefined: it cannot be done. */
export function withEntry(
  text: string,
  map: TreeNode,
  key: string,
  value: Plain,
  order: readonly string[] = [],
): string | undefined {
  const entries = [...map.entries];
  const before = order.slice(0, Math.max(0, order.indexOf(key)));
  const place = entries.findLastIndex(([one]) => before.includes(one));
  const after = entries[place < 0 ? entries.length - 1 : place]?.[1];
  if (after === undefined) {
    return isFlow(text, map)
      ? `${text.slice(0, map.start)}${yamlFlow({ [key]: value })}${text.slice(map.end)}`
      : undefined;
  }
  const end = contentEnd(text, after.node);
  if (isFlow(text, map)) return `${text.slice(0, end)}, ${yamlWord(key)}: ${yamlFlow(value)}${text.slice(end)}`;
  const indent = " ".repeat(after.keyStart - lineStart(text, after.keyStart));
  const line = nextLine(text, end);
  const finished = text[line - 1] === "\n" ? "" : "\n";
  const lines = linesOf(key, value).map((one) => `${indent}${one}\n`);
  return `${text.slice(0, line)}${finished}${lines.join("")}${text.slice(line)}`;
}

function linesOf(key: string, value: Plain): readonly string[] {
  const items = isList(value) && value.every((one) => one !== null && typeof one === "object") ? value : [];
  if (items.length === 0) return [`${yamlWord(key)}: ${yamlFlow(value)}`];
  return [`${yamlWord(key)}:`, ...items.flatMap(yamlItem).map((line) => `  ${line}`)];
}

/** Takes a key and its value out of a map, with the comments right above it; undefined: it cannot be done. */
export function withoutEntry(text: string, map: TreeNode, key: string): string | undefined {
  const entries = [...map.entries.values()];
  const entry = map.entries.get(key);
  if (entry === undefined) return undefined;
  const at = entries.indexOf(entry);
  const [previous, following] = [entries[at - 1], entries[at + 1]];
  if (isFlow(text, map)) {
    if (previous !== undefined) {
      return text.slice(0, contentEnd(text, previous.node)) + text.slice(contentEnd(text, entry.node));
    }
    const to = following?.keyStart ?? map.end - 1;
    return text.slice(0, following === undefined ? map.start + 1 : entry.keyStart) + text.slice(to);
  }
  const line = lineStart(text, entry.keyStart);
  if (text.slice(line, entry.keyStart).trim() === "") {
    const start = withComments(text, line, entry.keyStart - line, 0);
    return text.slice(0, start) + text.slice(nextLine(text, contentEnd(text, entry.node)));
  }
  // It stands beside the dash of an item: the next key takes its place.
  return following === undefined ? undefined : text.slice(0, entry.keyStart) + text.slice(following.keyStart);
}
