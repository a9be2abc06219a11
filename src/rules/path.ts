import { shown } from "./rule-error.ts";

/** The way from the document's root to a value; undefined is the root. Text is only made of it for a message. */
export type Path = { readonly parent: Path; readonly key: string | number } | undefined;

/** Such as `routes[0].split["2026-11"]`. */
export function pathText(path: Path): string {
  if (path === undefined) return "";
  const { parent, key } = path;
  if (typeof key === "number") return `${pathText(parent)}[${key}]`;
  if (!/^[A-Za-z_][\w-]{0,63}$/.test(key)) return `${pathText(parent)}[${shown(key)}]`;
  return parent === undefined ? key : `${pathText(parent)}.${key}`;
}
