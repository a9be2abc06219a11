import type { Endpoint } from "../endpoint.ts";
import type { Sender } from "../onlooker.ts";
import { spells } from "../wire/bytes.ts";
import { type FieldName, type Fields, fieldName } from "../wire/fields.ts";
import { CHUNKED } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";
import {
  fieldStart,
  writeBytes,
  writeEnd,
  writeField,
  writeKept,
  writeRange,
  writeRequestLine,
  writeValue,
} from "../wire/write-head.ts";
import { type Delivery, wantedTarget } from "./delivery.ts";
import { RequestView } from "./request-view.ts";
import type { Slab } from "./slab.ts";

const SPACE = Buffer.from(" ");
const VERSION = Buffer.from(" HTTP/1.1\r\n");
const TE_TRAILERS = Buffer.from("TE: trailers\r\nConnection: TE\r\n");
const CHUNKED_LINE = Buffer.from("Transfer-Encoding: chunked\r\n");
const PROTO = Buffer.from("X-Forwarded-Proto: http\r\n");
const PROTO_SECURE = Buffer.from("X-Forwarded-Proto: https\r\n");
const FOR = fieldStart("X-Forwarded-For");
const LIST = Buffer.from(", ");
const HOST = fieldStart("X-Forwarded-Host");
const LENGTH = fieldStart("Content-Length");
/** What `Fields.dropped` is where only the version that is being asked does not get the field. */
const FOR_VERSION = 2;
/** And where it becomes a part of a field that we write. */
const TAKEN_OVER = 3;
/** Room for what we add ourselves. */
const OURS = 512;

const CANARY = fieldName("x-canary");
const FORWARDED_PREFIX = fieldName("x-forwarded-");
const FORWARDED = fieldName("forwarded");
const REAL_IP = fieldName("x-real-ip");
const ID = fieldName("x-request-id");
const FORWARDED_FOR = fieldName("x-forwarded-for");
const FORWARDED_HOST = fieldName("x-forwarded-host");
const FORWARDED_PROTO = fieldName("x-forwarded-proto");
const SMALL_X = 0x78;
const SMALL_F = 0x66;

/**
 * Writes the head that the endpoint gets: the client's, without what was for this hop and what only we may say, and with our
 * own lines after it, of which `ours` are known already. `spare`: bytes that must still fit behind it in the slab. `grown`: by how many bytes the body is longer
 * than the client said.
 * @returns where it ends in the slab's block; it begins at the slab's present place.
 */
export function writeUpstreamHead(
  slab: Slab,
  sender: Sender,
  head: RequestHead,
  endpoint: Endpoint,
  delivery: Delivery,
  ours: Buffer,
  grown: number,
  spare: number,
): number {
  const { trusted } = sender;
  const target =
    head.form === "asterisk" ? undefined : wantedTarget(head.method, new RequestView(head).begin(), delivery);
  const { fields } = head;
  const { bytes } = fields;
  dropOurs(fields, trusted);
  for (const name of delivery.replaced) {
    for (let i = fields.find(name); i >= 0; i = fields.find(name, i + 1)) dropForVersion(fields, i);
  }
  const length = head.contentLengthField;
  if (grown !== 0 && length >= 0) dropForVersion(fields, length);
  slab.reserve(
    head.end -
      head.targetStart +
      endpoint.prefixBytes.length +
      endpoint.hostLine.length +
      delivery.lines.length +
      (target?.length ?? 0) +
      ours.length +
      OURS +
      spare,
  );
  const out = slab.block;

  let at = writeTarget(out, slab.at, head, endpoint, target);
  at = writeBytes(out, at, endpoint.hostLine);
  at = writeKept(out, at, fields);
  at = writeBytes(out, at, delivery.lines);
  if (grown !== 0 && length >= 0) at = writeField(out, at, LENGTH, String(head.bodyLength + grown));
  if (head.bodyLength === CHUNKED) at = writeBytes(out, at, CHUNKED_LINE);
  if (head.teTrailers) at = writeBytes(out, at, TE_TRAILERS);
  at = writeBytes(out, at, FOR);
  for (let i = fields.find(FORWARDED_FOR); i >= 0; i = fields.find(FORWARDED_FOR, i + 1)) {
    if (fields.dropped[i] !== TAKEN_OVER) continue;
    at = writeRange(out, at, bytes, fields.valueStart[i] ?? 0, fields.valueEnd[i] ?? 0);
    at = writeBytes(out, at, LIST);
  }
  at = writeEnd(out, writeValue(out, at, sender.address));
  if (!trusted || !isSaid(fields, FORWARDED_PROTO)) at = writeBytes(out, at, sender.secure ? PROTO_SECURE : PROTO);
  if (head.authorityEnd > head.authorityStart && (!trusted || !isSaid(fields, FORWARDED_HOST))) {
    at = writeBytes(out, at, HOST);
    at = writeEnd(out, writeRange(out, at, bytes, head.authorityStart, head.authorityEnd));
  }
  return writeEnd(out, writeBytes(out, at, ours));
}

/** The request line, its target as the version wants it. */
function writeTarget(
  out: Buffer,
  start: number,
  head: RequestHead,
  endpoint: Endpoint,
  target: string | undefined,
): number {
  if (target === undefined) return writeRequestLine(out, start, head, endpoint.prefixBytes);
  const at = writeBytes(out, writeValue(out, start, head.method), SPACE);
  return writeBytes(out, writeValue(out, writeBytes(out, at, endpoint.prefixBytes), target), VERSION);
}

/** Whether the client said it, and not for this hop only. */
function isSaid(fields: Fields, name: FieldName): boolean {
  for (let i = fields.find(name); i >= 0; i = fields.find(name, i + 1)) if (fields.dropped[i] !== 1) return true;
  return false;
}

/** Another version may get the request later, with the field in it. */
function dropForVersion(fields: Fields, i: number): void {
  if (fields.dropped[i] === 0) fields.dropped[i] = FOR_VERSION;
}

/** What the router says itself is not taken over from a client; who forwarded for whom only from a trusted one. */
function dropOurs(fields: Fields, trusted: boolean): void {
  for (let i = 0; i < fields.count; i++) {
    if (fields.dropped[i] === FOR_VERSION) fields.dropped[i] = 0;
    const first = (fields.bytes[fields.nameStart[i] ?? 0] ?? 0) | 0x20;
    if (first === SMALL_X) {
      const ours =
        begins(fields, i, CANARY) ||
        is(fields, i, ID) ||
        (!trusted && (begins(fields, i, FORWARDED_PREFIX) || is(fields, i, REAL_IP)));
      if (ours) fields.dropped[i] = 1;
      else if (fields.dropped[i] === 0 && is(fields, i, FORWARDED_FOR)) fields.dropped[i] = TAKEN_OVER;
    } else if (first === SMALL_F && !trusted && is(fields, i, FORWARDED)) fields.dropped[i] = 1;
  }
}

function is(fields: Fields, i: number, name: FieldName): boolean {
  return spells(fields.bytes, fields.nameStart[i] ?? 0, fields.nameEnd[i] ?? 0, name.bytes);
}

function begins(fields: Fields, i: number, prefix: FieldName): boolean {
  const start = fields.nameStart[i] ?? 0;
  const end = start + prefix.bytes.length;
  return end <= (fields.nameEnd[i] ?? 0) && spells(fields.bytes, start, end, prefix.bytes);
}
