/**
 * Byte strings: one char per byte, UTF-8 underneath. That is the form in which the router compares and hashes what
 * requests say, wherever it comes from (head, path, JSON, form).
 */

const HEX = /^[0-9a-fA-F]{4}$/;
/** What stands after a backslash, and what it means; `u` is read apart. */
const ESCAPES = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const CONTROL = /[\u0000-\u001f]/;
const CHUNK = 4096;

/** The bytes [start, end) as a byte string. */
export function byteString(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += CHUNK) {
    // `apply` takes whatever has a length and indices; spreading would go through an iterator, four times as slow.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, Math.min(at + CHUNK, end)));
  }
  return text;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** Text → byte string. */
function toByteString(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return byteString(bytes, 0, bytes.length);
}

/** What the JSON string with this inside means; undefined: not JSON. A lone surrogate becomes U+FFFD. */
export function unescapeJson(inside: string): string | undefined {
  if (CONTROL.test(inside)) return undefined;
  let meaning = "";
  let from = 0;
  for (let at = inside.indexOf("\\"); at >= 0; at = inside.indexOf("\\", from)) {
    meaning += inside.slice(from, at);
    const letter = inside.charAt(at + 1);
    if (letter === "u") {
      const units = codeUnits(inside, at);
      if (units === undefined) return undefined;
      meaning += toByteString(units.text);
      from = units.end;
    } else {
      const char = ESCAPES.get(letter);
      if (char === undefined) return undefined;
      meaning += char;
      from = at + 2;
    }
  }
  return meaning + inside.slice(from);
}

/** A byte string as a JSON string, quotes included. */
export function escapeJson(text: string): string {
  return JSON.stringify(text); // escapes what must be, and leaves the bytes above 0x7f as they are
}

/** `%41` → `A`; a `%` that stands alone is itself. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What could end or divide a path's segment or a query's value, and what is not ASCII, as `%41`. */
export function percentEncoded(text: string): string {
  return text.replace(
    /[^A-Za-z0-9._~:@-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** A `\uXXXX` and, where it opens a surrogate pair, the one after it. */
function codeUnits(inside: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const first = codeUnit(inside, at);
  if (first === undefined) return undefined;
  if (first >= 0xd800 && first <= 0xdbff && inside.startsWith("\\u", at + 6)) {
    const second = codeUnit(inside, at + 6);
    if (second !== undefined && second >= 0xdc00 && second <= 0xdfff) {
      return { text: String.fromCharCode(first, second), end: at + 12 };
    }
  }
  return { text: String.fromCharCode(first), end: at + 6 };
}

function codeUnit(inside: string, at: number): number | undefined {
  const digits = inside.slice(at + 2, at + 6);
  return HEX.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
