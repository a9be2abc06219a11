import type { Plain } from "./yaml-tree.ts";

/** What is one plain word wherever it stands: no sign of YAML's, and neither empty nor null. */
const PLAIN = /^(?!null$|Null$|NULL$)[A-Za-z0-9_./][\w./@%+*$-]*(:(?!$)[\w./@%+*$-]+)*( [\w./@%+*$-]+)*$/;
/** Read as numbers, or times, by whoever knows less of what is meant. */
const NUMBERLIKE = /^[\d.+_-]+$|^\d{4}-\d\d-\d\d/;

/** A text as one scalar of YAML: plain where that is safe, else quoted. */
export function yamlWord(text: string): string {
  return PLAIN.test(text) && !NUMBERLIKE.test(text) ? text : JSON.stringify(text);
}

/** A value on one line: `{ name: everyone, candidate: 5% }`. */
export function yamlFlow(value: Plain): string {
  if (value === null) return "null";
  if (typeof value === "string") return yamlWord(value);
  if (isList(value)) return `[${value.map(yamlFlow).join(", ")}]`;
  const entries = Object.entries(value).map(([key, one]) => `${yamlWord(key)}: ${yamlFlow(one)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** The lines of a list's item; the second and later ones are to stand under the first word of the first. */
export function yamlItem(value: Plain): readonly string[] {
  if (value === null || typeof value === "string" || isList(value)) return [`- ${yamlFlow(value)}`];
  return Object.entries(value).map(([key, one], i) => `${i === 0 ? "- " : "  "}${yamlWord(key)}: ${yamlFlow(one)}`);
}

export function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
