import type { Plain } from "./yaml-tree.ts";
import { isList } from "./yaml-words.ts";

/** The way from the root to a value. */
export type Steps = readonly (string | number)[];

/** What is to become of the value at some place. */
export type YamlChange =
  /** A key that is not there yet is written after those that stand before it in `order`. */
  | { readonly kind: "set"; readonly value: Plain; readonly order?: readonly string[] }
  /** The last item of a list goes with the list's key. */
  | { readonly kind: "remove" }
  /** The place is that of the list. */
  | { readonly kind: "insert"; readonly at: number; readonly value: Plain; readonly order?: readonly string[] }
  | { readonly kind: "move"; readonly from: number; readonly to: number };

/** The same change of the plain value: what the edited text must be read as. */
export function changed(value: Plain, [step, ...rest]: Steps, change: YamlChange): Plain {
  if (step === undefined) return changedHere(value, change);
  if (typeof step === "number") {
    if (!isList(value)) return value;
    if (rest.length === 0 && change.kind === "remove") return value.filter((_, i) => i !== step);
    return value.map((one, i) => (i === step ? changed(one, rest, change) : one));
  }
  const map: Record<string, Plain> = Object.assign(Object.create(null), isMap(value) ? value : undefined);
  const [next] = rest;
  const before = map[step] ?? null;
  const emptied = rest.length === 1 && typeof next === "number" && isList(before) && before.length === 1;
  if (change.kind === "remove" && (rest.length === 0 || emptied)) delete map[step];
  else map[step] = changed(before, rest, change);
  return map;
}

function changedHere(value: Plain, change: YamlChange): Plain {
  const list = isList(value) ? [...value] : [];
  switch (change.kind) {
    case "set":
      return change.value;
    case "remove":
      return null;
    case "insert":
      list.splice(change.at, 0, change.value);
      return list;
    case "move":
      list.splice(change.to, 0, ...list.splice(change.from, 1));
      return list;
  }
}

/** Whether two values say the same; the order of keys says nothing. */
export function samePlain(one: Plain, other: Plain): boolean {
  if (one === null || other === null || typeof one === "string" || typeof other === "string") return one === other;
  if (isList(one) || isList(other)) {
    if (!isList(one) || !isList(other) || one.length !== other.length) return false;
    return one.every((item, i) => samePlain(item, other[i] ?? null));
  }
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key in other && samePlain(one[key] ?? null, other[key] ?? null));
}

function isMap(value: Plain): value is { readonly [key: string]: Plain } {
  return value !== null && typeof value === "object" && !isList(value);
}
