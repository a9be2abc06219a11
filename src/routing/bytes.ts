/**
 * Facts come from the wire as one char per byte. What people write (YAML, JSON) is turned into the same form once, when
 * the table is built, so that comparing and hashing never has to think of encodings.
 */
export function toBytes(text: string): string {
  if (isAscii(text)) return text;
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** The other way round, for people to read. */
export function toText(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
