import { changed, type Steps, samePlain, type YamlChange } from "./yaml-change.ts";
import { contentEnd, isFlow, lineStart, nextLine } from "./yaml-lines.ts";
import { joined, listPieces } from "./yaml-list.ts";
import { withEntry, withoutEntry } from "./yaml-map.ts";
import { type Plain, type TreeNode, treeOf } from "./yaml-tree.ts";
import { yamlFlow, yamlItem, yamlWord } from "./yaml-words.ts";

/** A text and what it is read as. */
export interface YamlText {
  readonly text: string;
  readonly root: TreeNode;
}

/**
 * Changes one value of a YAML text and no other: comments, order and formatting of all else stay. undefined: it is written
 * in a way in which this cannot be done alone (shared by an alias, over several lines, with comments inside). What is
 * returned has been read again, and says exactly what was wanted. Never throws.
 */
export function editYaml(before: YamlText, steps: Steps, change: YamlChange): YamlText | undefined {
  const text = edited(before, steps, change);
  if (text === undefined) return undefined;
  const { root, mistakes } = treeOf(text);
  if (root === undefined || mistakes.length > 0) return undefined;
  return samePlain(changed(before.root.value, steps, change), root.value) ? { text, root } : undefined;
}

function edited({ text, root }: YamlText, steps: Steps, change: YamlChange): string | undefined {
  const last = steps.at(-1);
  const parent = nodeAt(root, steps.slice(0, -1));
  if (parent === undefined || last === undefined) return undefined;
  const node = childOf(parent, last);
  switch (change.kind) {
    case "set":
      if (node !== undefined) return withValue(text, parent, last, node, change.value);
      return typeof last === "string" ? withEntry(text, parent, last, change.value, change.order) : undefined;
    case "remove":
      if (typeof last === "string") return withoutEntry(text, parent, last);
      return parent.items.length === 1
        ? edited({ text, root }, steps.slice(0, -1), change)
        : withoutItem(text, parent, last);
    case "insert": {
      if (node !== undefined) return withItem(text, node, change.at, change.value);
      return typeof last === "string" ? withEntry(text, parent, last, [change.value], change.order) : undefined;
    }
    case "move":
      return node && moved(text, node, change.from, change.to);
  }
}

/** The node of a path; undefined: there is none. */
export function nodeAt(root: TreeNode, steps: Steps): TreeNode | undefined {
  return steps.reduce<TreeNode | undefined>((node, step) => node && childOf(node, step), root);
}

function childOf(node: TreeNode, step: string | number): TreeNode | undefined {
  return typeof step === "number" ? node.items[step] : node.entries.get(step)?.node;
}

function withValue(
  text: string,
  parent: TreeNode,
  key: string | number,
  node: TreeNode,
  value: Plain,
): string | undefined {
  const collection = node.items.length > 0 || node.entries.size > 0;
  if (collection && !isFlow(text, node)) {
    const colon = typeof key === "string" ? colonOf(text, parent.entries.get(key)?.keyStart ?? node.start) : undefined;
    const [from, to] = [lineStart(text, node.start), nextLine(text, contentEnd(text, node))];
    // What somebody has written about it would be lost.
    if (colon === undefined || from < colon || /(^|\s)#/.test(text.slice(from, to))) return undefined;
    return `${text.slice(0, colon)} ${yamlFlow(value)}${text.slice(colon, from)}${text.slice(to)}`;
  }
  if (typeof value === "string" && !collection) return withScalar(text, node, value);
  const space = node.start === node.end ? " " : "";
  return text.slice(0, node.start) + space + yamlFlow(value) + text.slice(node.end);
}

/** Only the scalar's own bytes; quotes stay. undefined: it is not written as one plain or quoted word. */
export function withScalar(text: string, { start, end, value }: TreeNode, word: string): string | undefined {
  const written = text.slice(start, end);
  if (written === "") return `${text.slice(0, start)} ${yamlWord(word)}${text.slice(end)}`;
  const [, quote = "", inside] = /^(["']?)(.*)\1$/s.exec(written) ?? [];
  if (value !== null && typeof value !== "string") return text.slice(0, start) + yamlWord(word) + text.slice(end);
  if (quote === "" && inside !== value && value !== null) return undefined;
  const safe = quote === "" ? yamlWord(word) : /["'\\]/.test(word) ? JSON.stringify(word) : quote + word + quote;
  return text.slice(0, start) + safe + text.slice(end);
}

/** After the colon of the key that begins here. */
function colonOf(text: string, keyStart: number): number | undefined {
  const found = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\n]*?)\s*:(?=\s)/.exec(text.slice(keyStart));
  return found === null ? undefined : keyStart + found[0].length;
}

function withItem(text: string, list: TreeNode, at: number, value: Plain): string | undefined {
  if (list.items.length === 0) return text.slice(0, list.start) + yamlFlow([value]) + text.slice(list.end);
  const pieces = listPieces(text, list);
  if (pieces === undefined) return undefined;
  const { items, gaps, column } = pieces;
  const indent = " ".repeat(column ?? 0);
  const item =
    column === undefined
      ? yamlFlow(value)
      : yamlItem(value)
          .map((line) => `${indent}${line}\n`)
          .join("");
  const gap = gaps[Math.max(0, at - 1)] ?? (column === undefined ? ", " : "");
  return joined({ ...pieces, items: items.toSpliced(at, 0, item), gaps: gaps.toSpliced(at, 0, gap) });
}

function withoutItem(text: string, list: TreeNode, at: number): string | undefined {
  const pieces = listPieces(text, list);
  if (pieces === undefined) return undefined;
  const { items, gaps } = pieces;
  return joined({ ...pieces, items: items.toSpliced(at, 1), gaps: gaps.toSpliced(Math.min(at, gaps.length - 1), 1) });
}

function moved(text: string, list: TreeNode, from: number, to: number): string | undefined {
  const pieces = listPieces(text, list);
  const item = pieces?.items[from];
  if (pieces === undefined || item === undefined) return undefined;
  return joined({ ...pieces, items: pieces.items.toSpliced(from, 1).toSpliced(to, 0, item) });
}
