import { isAuthority } from "./authority.ts";
import { COLON, CR, HTAB, LF, NO_UNDERSCORE, runOf, SP, spells, TOKEN, VALUE } from "./bytes.ts";
import { Connection } from "./connection.ts";
import { Fields, fieldName } from "./fields.ts";
import {
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  HOST,
  isDropped,
  kindOf,
  NEAR_MISS,
  OTHER,
  PROXY_CONNECTION,
  seemsFraming,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from "./known-fields.ts";
import { hasMember } from "./list.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

const CHUNKED = fieldName("chunked").bytes;
const CLOSE = fieldName("close").bytes;
const CONTINUE = fieldName("100-continue").bytes;
const TRAILERS = fieldName("trailers").bytes;

/** Nobody's body is longer, and the number is exact. */
const MAX_LENGTH_DIGITS = 15;

// Where the reading stands.
const FIELD_START = 0;
const NAME = 1;
const VALUE_START = 2;
const VALUE_REST = 3;
const VALUE_LF = 4;
const SECTION_LF = 5;

/**
 * Reads the header fields of a head: every line up to the empty one, byte by byte and never a byte twice. Whatever could
 * be read in two ways is refused. What the fields say of framing and of the connection is known when it is complete.
 */
export class FieldSection {
  readonly fields: Fields;
  /** The first byte not read yet. */
  at = 0;
  refusal: Refusal | undefined;

  /** -1: there is no Content-Length. */
  contentLength = -1;
  contentLengthField = -1;
  chunked = false;
  /** The index of the field; -1: none. */
  hostField = -1;
  expectContinue = false;
  /** A `TE` field says `trailers`. */
  teTrailers = false;
  upgradeField = -1;
  /** Proxy-Connection can close too. */
  readonly connection = new Connection();

  private readonly isRequest: boolean;
  private readonly maxFields: number;
  private state = FIELD_START;
  private traits = 0;

  constructor(isRequest: boolean, maxFields: number) {
    this.isRequest = isRequest;
    this.maxFields = maxFields;
    this.fields = new Fields(maxFields);
  }

  /** Begins a section at offset `at` of `bytes`. */
  begin(bytes: Buffer, at: number): void {
    this.fields.bytes = bytes;
    this.fields.count = 0;
    this.at = at;
    this.refusal = undefined;
    this.contentLength = -1;
    this.contentLengthField = -1;
    this.chunked = false;
    this.hostField = -1;
    this.expectContinue = false;
    this.teTrailers = false;
    this.upgradeField = -1;
    this.connection.reset();
    this.state = FIELD_START;
  }

  /** The bytes have moved. */
  move(bytes: Buffer, by: number): void {
    this.at += by;
    this.fields.move(bytes, by);
  }

  /** Reads up to `stop`. True: complete. False: more is needed, or `refusal` is set. */
  read(bytes: Buffer, stop: number): boolean {
    const fields = this.fields;
    const { nameStart, nameEnd, valueStart, valueEnd } = fields;
    let i = fields.count;
    let p = this.at;
    let state = this.state;
    let traits = this.traits;
    while (p < stop) {
      if (state === FIELD_START) {
        if (bytes[p] === CR) {
          fields.end = p++;
          state = SECTION_LF;
          if (p === stop) break;
        } else {
          if (i === this.maxFields) return this.refuse("many_fields");
          nameStart[i] = p;
          traits = NO_UNDERSCORE;
          state = NAME;
        }
      }
      if (state === NAME) {
        while (p + 3 < stop) {
          const all =
            (TOKEN[bytes[p] ?? 0] ?? 0) &
            (TOKEN[bytes[p + 1] ?? 0] ?? 0) &
            (TOKEN[bytes[p + 2] ?? 0] ?? 0) &
            (TOKEN[bytes[p + 3] ?? 0] ?? 0);
          if (all === 0) break;
          traits &= all;
          p += 4;
        }
        while (p < stop) {
          const one = TOKEN[bytes[p] ?? 0] ?? 0;
          if (one === 0) break;
          traits &= one;
          p++;
        }
        if (p === stop) break;
        if (bytes[p] !== COLON || p === nameStart[i]) return this.refuseName(bytes, p);
        nameEnd[i] = p++;
        state = VALUE_START;
      }
      if (state === VALUE_START) {
        while (p < stop && (bytes[p] === SP || bytes[p] === HTAB)) p++;
        if (p === stop) break;
        valueStart[i] = p;
        state = VALUE_REST;
      }
      if (state === VALUE_REST) {
        p = runOf(VALUE, bytes, p, stop);
        if (p === stop) break;
        if (bytes[p] !== CR) return this.refuse(bytes[p] === LF ? "bad_line_end" : "bad_field_value");
        valueEnd[i] = p++;
        state = VALUE_LF;
        if (p === stop) break;
      }
      if (bytes[p++] !== LF) return this.refuse("bad_line_end");
      if (state === SECTION_LF) {
        this.at = p;
        return this.connection.finish(bytes, fields) || this.refuse("bad_connection");
      }
      state = FIELD_START;
      if (!this.endField(bytes, i++, traits)) return false;
    }
    this.at = p;
    this.state = state;
    this.traits = traits;
    return false;
  }

  refuse(code: Refusal["code"]): false {
    this.refusal = refusalOf(code);
    return false;
  }

  private refuseName(bytes: Buffer, at: number): false {
    const byte = bytes[at];
    const start = this.fields.nameStart[this.fields.count];
    if (at === start && (byte === SP || byte === HTAB)) return this.refuse("folded_field");
    return this.refuse(byte === LF ? "bad_line_end" : "bad_field_name");
  }

  /** A line is complete: takes note of what it says. */
  private endField(bytes: Buffer, i: number, traits: number): boolean {
    const fields = this.fields;
    const start = fields.nameStart[i] ?? 0;
    const end = fields.nameEnd[i] ?? 0;
    let valueEnd = fields.valueEnd[i] ?? 0;
    const valueStart = fields.valueStart[i] ?? 0;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    fields.valueEnd[i] = valueEnd;
    fields.dropped[i] = 0;
    fields.count = i + 1;
    if (traits !== NO_UNDERSCORE) return this.endUnderscored(bytes, i, start, end);
    const kind = kindOf(bytes, start, end);
    if (kind === OTHER) return true;
    if (isDropped(kind)) fields.dropped[i] = 1;
    return this.endKnown(bytes, kind, i, valueStart, valueEnd);
  }

  /** Programs behind us may read `X_Name` as `X-Name`: a request's is not passed on, and none may seem to frame a body. */
  private endUnderscored(bytes: Buffer, i: number, start: number, end: number): boolean {
    if (seemsFraming(bytes, start, end)) return this.refuse("framing_lookalike");
    if (this.isRequest) this.fields.dropped[i] = 1;
    return true;
  }

  private endKnown(bytes: Buffer, kind: number, i: number, start: number, end: number): boolean {
    switch (kind) {
      case CONTENT_LENGTH:
        return this.readLength(bytes, i, start, end);
      case TRANSFER_ENCODING:
        if (this.chunked || this.contentLengthField >= 0) return this.refuse("two_lengths");
        if (!spells(bytes, start, end, CHUNKED) || hasTabBehind(bytes, end)) return this.refuse("bad_coding");
        this.chunked = true;
        return true;
      case HOST:
        if (!this.isRequest) return true;
        if (this.hostField >= 0 || !isAuthority(bytes, start, end)) return this.refuse("bad_host");
        this.hostField = i;
        return true;
      case CONNECTION:
        this.connection.note(bytes, i, start, end);
        return true;
      case EXPECT:
        if (!this.isRequest) return true;
        if (!spells(bytes, start, end, CONTINUE)) return this.refuse("unknown_expectation");
        this.expectContinue = true;
        return true;
      case TE:
        if (hasMember(bytes, start, end, TRAILERS)) this.teTrailers = true;
        return true;
      case UPGRADE:
        if (this.upgradeField < 0) this.upgradeField = i;
        return true;
      case PROXY_CONNECTION:
        // Not a standard, but some programs close for it, and closing is always safe.
        if (hasMember(bytes, start, end, CLOSE)) this.connection.close = true;
        return true;
      case NEAR_MISS:
        return this.refuse("framing_lookalike");
      default:
        return true;
    }
  }

  private readLength(bytes: Buffer, i: number, start: number, end: number): boolean {
    if (this.chunked || this.contentLengthField >= 0) return this.refuse("two_lengths");
    if (end === start || end - start > MAX_LENGTH_DIGITS || hasTabBehind(bytes, end)) return this.refuse("bad_length");
    let length = 0;
    for (let p = start; p < end; p++) {
      const digit = (bytes[p] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return this.refuse("bad_length");
      length = length * 10 + digit;
    }
    this.contentLength = length;
    this.contentLengthField = i;
    return true;
  }
}

/** Some parsers take a tab behind a length or a coding, though it is white space, for a part of it. */
function hasTabBehind(bytes: Buffer, end: number): boolean {
  let p = end;
  while (bytes[p] === SP) p++;
  return bytes[p] === HTAB;
}
