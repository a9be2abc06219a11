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

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
