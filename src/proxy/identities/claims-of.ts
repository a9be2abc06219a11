import { toBytes } from "../../routing/bytes.ts";

/** What is longer is neither an id nor a type. */
const MOST_CHARS = 256;
const MOST_CLAIMS = 64;
const MOST_LEVELS = 4;

export type Claims = ReadonlyMap<string, string>;

/**
 * The claims that are one value each, as byte strings: texts, numbers, `true` and `false`. One inside another is named by
 * its path with dots, such as `org.plan`; a claim whose own name has those dots comes before it. A list of one is that one;
 * a longer list is no single value and left out, as are whole numbers too large to be exact.
 */
export function claimsOf(payload: Readonly<Record<string, unknown>>): Claims {
  const claims = new Map<string, string>();
  collect(payload, "", MOST_LEVELS, claims);
  return claims;
}

function collect(from: object, prefix: string, levels: number, into: Map<string, string>): void {
  const inner: [string, object][] = [];
  for (const [name, written] of Object.entries(from)) {
    const value: unknown = Array.isArray(written) && written.length === 1 ? written[0] : written;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) inner.push([`${prefix}${name}`, value]);
    const text = scalarText(value);
    if (text === undefined || into.size >= MOST_CLAIMS || into.has(`${prefix}${name}`)) continue;
    into.set(`${prefix}${name}`, toBytes(text));
  }
  if (levels > 1) for (const [name, value] of inner) collect(value, `${name}.`, levels - 1, into);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value.length <= MOST_CHARS ? value : undefined;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number") return undefined;
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : undefined;
}
