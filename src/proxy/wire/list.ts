import { COMMA, HTAB, SP, spells } from "./bytes.ts";

/** Whether a member of the comma-separated list in [start, end) spells `lower`. */
export function hasMember(bytes: Buffer, start: number, end: number, lower: Uint8Array): boolean {
  let p = start;
  while (p < end) {
    let from = p;
    while (p < end && bytes[p] !== COMMA) p++;
    let to = p;
    while (from < to && (bytes[from] === SP || bytes[from] === HTAB)) from++;
    while (to > from && (bytes[to - 1] === SP || bytes[to - 1] === HTAB)) to--;
    if (spells(bytes, from, to, lower)) return true;
    p++;
  }
  return false;
}
