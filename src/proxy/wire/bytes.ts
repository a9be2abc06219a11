/** Bytes by their meaning on the wire, as tables: one load answers "may this byte stand here?". */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const COLON = 0x3a;

const ALPHA_DIGIT = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** In `TOKEN`: the byte is an underscore. Programs that take it for `-` have to be thought of. */
export const IS_UNDERSCORE = 2;

/** RFC 9110 5.6.2: method names, field names, connection options. 0: not there. */
export const TOKEN = tableOf(`!#$%&'*+-.^_\`|~${ALPHA_DIGIT}`);
TOKEN[0x5f] = 1 | IS_UNDERSCORE;

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

/** Whether [start, end) spells `lower` (small letters), whatever the case. */
export function spells(bytes: Buffer, start: number, end: number, lower: Uint8Array): boolean {
  const length = lower.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (LOWER[bytes[start + i] ?? 0] !== lower[i]) return false;
  return true;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}
