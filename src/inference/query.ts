import type { Place } from "./place.ts";

/**
 * Where the value of a query's parameter stands; the first that is not empty. Undefined: there is none.
 *
 * @param query as sent, with or without its `?`
 */
export function parameterPlace(query: string, name: string): Place | undefined {
  let start = query.startsWith("?") ? 1 : 0;
  for (const pair of query.slice(start).split("&")) {
    const end = start + pair.length;
    const value = start + name.length + 1;
    if (value < end && pair.startsWith(name) && pair.charAt(name.length) === "=") return { start: value, end };
    start = end + 1;
  }
  return undefined;
}
