import { TOKEN, VALUE } from "./bytes.ts";
import type { Fields } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/*
 * Writing heads into a buffer of the caller's, piece after piece. Every function takes the offset to write at and gives
 * the offset after what it wrote; -1 when it did not fit, and -1 goes through all that follow, so that a caller looks once
 * at the end. What comes from a head that was read is good by then; what comes from us is checked where it is made
 * (`fieldLine`) or as it is written (`writeValue`): no answer can be split.
 */

/** Up to this, a loop is cheaper than the call: inside one buffer, and from one to another. */
const SHORT_WITHIN = 24;
const SHORT = 56;

const QUESTION_MARK = 0x3f;
const SPACE = Buffer.from(" ");
const ROOT = Buffer.from("/");
const ASTERISK = Buffer.from("*");
const REQUEST_LINE_END = Buffer.from(" HTTP/1.1\r\n");
const STATUS_LINE_START = Buffer.from("HTTP/1.1 ");
const CRLF = Buffer.from("\r\n");

/** `name: value` and CRLF, ready to be written. Throws a TypeError for what could not be one line of a head. */
export function fieldLine(name: string, value: string): Buffer {
  const line = Buffer.from(`${name}: ${value}\r\n`, "latin1");
  const good = name !== "" && all(name, TOKEN) && all(value, VALUE);
  if (!good)
    throw new TypeError(`${JSON.stringify(`${name}: ${value}`)} is not a header line: use printable characters only`);
  return line;
}

function all(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++)
    if (table[text.charCodeAt(i)] === undefined || table[text.charCodeAt(i)] === 0) return false;
  return true;
}

/** Bytes that are known to be good: made by `fieldLine`, or a constant. */
export function writeBytes(out: Buffer, at: number, bytes: Buffer): number {
  return writeRange(out, at, bytes, 0, bytes.length);
}

/** The bytes [start, end) of a head that was read. */
export function writeRange(out: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (at < 0 || at + length > out.length) return -1;
  if (bytes === out && length > SHORT_WITHIN) out.copyWithin(at, start, end);
  else if (length > SHORT) bytes.copy(out, at, start, end);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[start + i] ?? 0;
  return at + length;
}

/** A value of one char per byte that is made anew for each request. What cannot stand in a value becomes `?`. */
export function writeValue(out: Buffer, at: number, value: string): number {
  const length = value.length;
  if (at < 0 || at + length > out.length) return -1;
  for (let i = 0; i < length; i++) {
    const byte = value.charCodeAt(i);
    out[at + i] = byte < 256 && VALUE[byte] === 1 ? byte : QUESTION_MARK;
  }
  return at + length;
}

/** The field `name: value`; `start` is `name: ` made by `fieldStart`. */
export function writeField(out: Buffer, at: number, start: Buffer, value: string): number {
  return writeBytes(out, writeValue(out, writeBytes(out, at, start), value), CRLF);
}

/** What `writeField` begins with. Throws a TypeError for what could not be a name. */
export function fieldStart(name: string): Buffer {
  return fieldLine(name, "").subarray(0, -CRLF.length);
}

/** `METHOD target HTTP/1.1`: the request's own path and query after `prefix` (the endpoint's path; often empty). */
export function writeRequestLine(out: Buffer, at: number, head: RequestHead, prefix: Buffer): number {
  if (head.form === "origin" && prefix.length === 0 && head.minor === 1) {
    return writeRange(out, at, head.fields.bytes, head.lineStart, head.targetEnd + REQUEST_LINE_END.length);
  }
  let p = writeValue(out, at, head.method);
  p = writeBytes(out, p, SPACE);
  if (head.form === "asterisk") {
    p = writeBytes(out, p, ASTERISK);
  } else {
    p = writeBytes(out, p, prefix);
    if (head.pathStart === head.pathEnd) p = writeBytes(out, p, ROOT);
    p = writeRange(out, p, head.fields.bytes, head.pathStart, head.targetEnd);
  }
  return writeBytes(out, p, REQUEST_LINE_END);
}

/** `HTTP/1.1 status reason`, whatever version the upstream speaks. */
export function writeStatusLine(out: Buffer, at: number, head: ResponseHead): number {
  let p = writeBytes(out, at, STATUS_LINE_START);
  if (p < 0 || p + 4 > out.length) return -1;
  const status = head.status;
  out[p++] = 0x30 + Math.floor(status / 100);
  out[p++] = 0x30 + (Math.floor(status / 10) % 10);
  out[p++] = 0x30 + (status % 10);
  out[p++] = 0x20;
  return writeBytes(out, writeRange(out, p, head.fields.bytes, head.reasonStart, head.reasonEnd), CRLF);
}

/** The lines of all fields that are not dropped, as they came; neighbours in one copy. */
export function writeKept(out: Buffer, at: number, fields: Fields): number {
  const { count, dropped, nameStart, bytes } = fields;
  let p = at;
  let run = -1;
  for (let i = 0; i < count; i++) {
    if (dropped[i] === 0) {
      if (run < 0) run = nameStart[i] ?? 0;
    } else if (run >= 0) {
      p = writeRange(out, p, bytes, run, nameStart[i] ?? 0);
      run = -1;
    }
  }
  return run < 0 ? p : writeRange(out, p, bytes, run, fields.end);
}

/** The empty line after the last field. */
export function writeEnd(out: Buffer, at: number): number {
  return writeBytes(out, at, CRLF);
}
