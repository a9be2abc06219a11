import { isIPv6 } from "node:net";
import { COLON, HEX, HOST } from "./bytes.ts";

const OPEN = 0x5b;
const CLOSE = 0x5d;
const PERCENT = 0x25;

/** Whether [start, end) is `host` or `host:port`: a name, an IPv4 or [IPv6] address; no user, port 0–65535 or empty. */
export function isAuthority(bytes: Buffer, start: number, end: number): boolean {
  const hostEnd = bytes[start] === OPEN ? ipv6End(bytes, start, end) : nameEnd(bytes, start, end);
  if (hostEnd === start || hostEnd < 0) return false;
  if (hostEnd === end) return true;
  return bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end);
}

function nameEnd(bytes: Buffer, start: number, end: number): number {
  let p = start;
  while (p < end) {
    const byte = bytes[p] ?? 0;
    if (HOST[byte]) p++;
    else if (byte === PERCENT && p + 2 < end && isHex(bytes[p + 1]) && isHex(bytes[p + 2])) p += 3;
    else break;
  }
  return p;
}

function isHex(byte: number | undefined): boolean {
  return HEX[byte ?? 0] !== 0xff;
}

function ipv6End(bytes: Buffer, start: number, end: number): number {
  let close = start + 1;
  while (close < end && bytes[close] !== CLOSE && bytes[close] !== PERCENT) close++;
  if (close === end || bytes[close] !== CLOSE) return -1;
  return isIPv6(bytes.toString("latin1", start + 1, close)) ? close + 1 : -1;
}

function isPort(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > 5) return false;
  let port = 0;
  for (let p = start; p < end; p++) {
    const digit = (bytes[p] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= 65_535;
}
