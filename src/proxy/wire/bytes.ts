/** Bytes by their meaning on the wire, as tables: one load answers "may this byte stand here?". */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const COLON = 0x3a;

const ALPHA_DIGIT = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** RFC 9110 5.6.2: method names, field names, connection options. 0: not there; without the bit `NO_UNDERSCORE`: `_`. */
export const TOKEN = tableOf(`!#$%&'*+-.^\`|~${ALPHA_DIGIT}`, 3);
TOKEN[0x5f] = 1;
/** Stays when the table's answers for a name are and-ed, if no byte of it is `_`, which some programs take for `-`. */
export const NO_UNDERSCORE = 2;

/** RFC 9110 5.5: visible ASCII, space, tab and the bytes above 0x7f. Field values and reason phrases. */
export const VALUE = new Uint8Array(256);
VALUE.fill(1, 0x20, 0x7f).fill(1, 0x80);
VALUE[HTAB] = 1;

/**
 * What may stand in a request target before (`PATH`) and after (`QUERY`) the first `?`: visible ASCII without `#`.
 * RFC 3986 leaves out a few of these (`"<>\^{|}` and the backtick); clients send them and servers take them.
 */
export const QUERY = new Uint8Array(256).fill(1, 0x21, 0x7f);
QUERY[0x23] = 0;
export const PATH = Uint8Array.from(QUERY);
PATH[0x3f] = 0;

/** RFC 3986 3.2.2 reg-name without `%`, and without `,`: a list of hosts is not a host. */
export const HOST = tableOf(`-._~!$&'()*+;=${ALPHA_DIGIT}`);

/** The value of a hexadecimal digit; 0xff: not one. */
export const HEX = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** A to Z made small, all other bytes as they are. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));

/** The first offset from `start` on whose byte is not in the table; `stop`: all are. Four at a time, which pays. */
export function runOf(table: Uint8Array, bytes: Buffer, start: number, stop: number): number {
  let p = start;
  while (p + 3 < stop) {
    const all =
      (table[bytes[p] ?? 0] ?? 0) &
      (table[bytes[p + 1] ?? 0] ?? 0) &
      (table[bytes[p + 2] ?? 0] ?? 0) &
      (table[bytes[p + 3] ?? 0] ?? 0);
    if (all === 0) break;
    p += 4;
  }
  while (p < stop && table[bytes[p] ?? 0] !== 0) p++;
  return p;
}

/**
 * Whether [start, end) spells `lower`, whatever the case. For bytes that were read as part of a name, value or target, and
 * a `lower` of small letters, digits and `-:/` only: then one bit is all that can differ.
 */
export function spells(bytes: Buffer, start: number, end: number, lower: Uint8Array): boolean {
  const length = lower.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (((bytes[start + i] ?? 0) | 0x20) !== lower[i]) return false;
  return true;
}

function tableOf(characters: string, mark = 1): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = mark;
  return table;
}
