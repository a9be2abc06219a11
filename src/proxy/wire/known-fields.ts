import { LOWER, spells } from "./bytes.ts";
import { fieldName } from "./fields.ts";

/** The fields that mean something to a hop, and those that only seem to. */
export const OTHER = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
export const HOST = 3;
export const CONNECTION = 4;
export const EXPECT = 5;
export const TE = 6;
export const UPGRADE = 7;
export const PROXY_CONNECTION = 8;
/** Means nothing more than that it is not passed on. */
const HOP = 9;
/** No such field exists: a near miss of one that frames a body, for parsers that are not strict about names. */
export const NEAR_MISS = 10;

const NAMES: readonly (readonly [string, number])[] = [
  ["content-length", CONTENT_LENGTH],
  ["transfer-encoding", TRANSFER_ENCODING],
  ["host", HOST],
  ["connection", CONNECTION],
  ["expect", EXPECT],
  ["te", TE],
  ["upgrade", UPGRADE],
  ["proxy-connection", PROXY_CONNECTION],
  ["keep-alive", HOP],
  ["proxy-authenticate", HOP],
  ["proxy-authorization", HOP],
  ["proxy-authentication-info", HOP],
  ["http2-settings", HOP],
  ["transferencoding", NEAR_MISS],
  ["contentlength", NEAR_MISS],
  ["contentencoding", NEAR_MISS],
  ["transferlength", NEAR_MISS],
  ["transfer-length", NEAR_MISS],
];

/** From a name's length and first letter to the only one of `NAMES` it can be, counted from 1. No two share both. */
const CANDIDATES = new Uint8Array(32 * 32);
NAMES.forEach(([name], i) => {
  CANDIDATES[(name.length << 5) | (name.charCodeAt(0) & 31)] = i + 1;
});
const NAME_BYTES = [new Uint8Array(0), ...NAMES.map(([name]) => fieldName(name).bytes)];
const KINDS = Uint8Array.from([OTHER, ...NAMES.map(([, kind]) => kind)]);
const FRAMING = NAMES.slice(0, 2).map(([name]) => fieldName(name).bytes);

/** Which field the name in [start, end), a token, is. */
export function kindOf(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length >= 32) return OTHER;
  const candidate = CANDIDATES[(length << 5) | ((bytes[start] ?? 0) & 31)] ?? 0;
  if (candidate === 0 || !spells(bytes, start, end, NAME_BYTES[candidate] ?? NOTHING)) return OTHER;
  return KINDS[candidate] ?? OTHER;
}

const NOTHING = new Uint8Array(0);

/** Whether a field of that kind goes no further. Transfer-Encoding and Host are written anew by whoever writes the head. */
export function isDropped(kind: number): boolean {
  return kind !== OTHER && kind !== CONTENT_LENGTH && kind !== EXPECT;
}

/** Whether the name frames a body for programs that take `_` for `-`. */
export function seemsFraming(bytes: Buffer, start: number, end: number): boolean {
  return FRAMING.some((name) => {
    if (end - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) {
      const byte = bytes[start + i] ?? 0;
      if ((byte === 0x5f ? 0x2d : LOWER[byte]) !== name[i]) return false;
    }
    return true;
  });
}
