import type { Version } from "../../routing/rules.ts";

/** Where a version's requests go, as one text: in every process the same. */
export function placeOf({ endpoints, tls }: Version): string {
  return JSON.stringify([endpoints, tls]);
}
