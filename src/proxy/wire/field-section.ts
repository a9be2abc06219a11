import { isAuthority } from "./authority.ts";
import { COLON, COMMA, CR, HTAB, LF, LOWER, NO_UNDERSCORE, runOf, SP, spells, TOKEN, VALUE } from "./bytes.ts";
import { Fields, fieldName } from "./fields.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

/** Field names that mean something to a hop. `fields.dropped` is set where the second entry says so. */
const KNOWN = [
  ["content-length", false],
  ["transfer-encoding", true], // whoever writes the head knows how the body leaves, and says so itself
  ["host", true],
  ["connection", true],
  ["expect", false],
  ["te", true],
  ["upgrade", true],
  ["proxy-connection", true],
  ["keep-alive", true],
  ["proxy-authenticate", true],
  ["proxy-authorization", true],
  ["proxy-authentication-info", true],
  ["http2-settings", true],
  // No such fields exist; they are near misses of those that frame a body, for parsers that are not strict about names.
  ["transferencoding", true],
  ["contentlength", true],
  ["contentencoding", true],
  ["transferlength", true],
  ["transfer-length", true],
] as const;
const OTHER = 0;
const CONTENT_LENGTH = 1;
const TRANSFER_ENCODING = 2;
const HOST_FIELD = 3;
const CONNECTION = 4;
const EXPECT = 5;
const TE = 6;
const UPGRADE = 7;
const PROXY_CONNECTION = 8;
const FIRST_NEAR_MISS = 14;

const KNOWN_NAMES = [new Uint8Array(0), ...KNOWN.map(([name]) => fieldName(name).bytes)];
const IS_DROPPED = Uint8Array.from([0, ...KNOWN.map(([, dropped]) => (dropped ? 1 : 0))]);
/** From a name's length and first letter to the only known field it can be. No two known fields share both. */
const CANDIDATES = new Uint8Array(32 * 32);
KNOWN.forEach(([name], i) => {
  CANDIDATES[candidateKey(name.length, name.charCodeAt(0))] = i + 1;
});

const CONTENT_LENGTH_NAME = fieldName("content-length").bytes;
const TRANSFER_ENCODING_NAME = fieldName("transfer-encoding").bytes;
const CHUNKED = fieldName("chunked").bytes;
const CONTINUE = fieldName("100-continue").bytes;
const CLOSE = fieldName("close").bytes;
const KEEP_ALIVE = fieldName("keep-alive").bytes;
const UPGRADE_OPTION = fieldName("upgrade").bytes;
const TRAILERS = fieldName("trailers").bytes;

/** Nobody's body is longer, and the number is exact. */
const MAX_LENGTH_DIGITS = 15;

/** Connection cannot take these away: we act on them ourselves. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "host", "expect"]);
/** Each is looked for among all fields. */
const MAX_OPTIONS = 32;

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
  /** What the Connection fields say. */
  close = false;
  keepAlive = false;
  upgradeOption = false;

  private readonly isRequest: boolean;
  private readonly maxFields: number;
  /** The first Connection field that is more than one word. */
  private listField = -1;
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
    this.close = false;
    this.keepAlive = false;
    this.upgradeOption = false;
    this.listField = -1;
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
        return this.listField < 0 || this.readConnection(bytes);
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
    const length = end - start;
    if (length >= 32) return true;
    const candidate = CANDIDATES[candidateKey(length, bytes[start] ?? 0)] ?? OTHER;
    if (candidate === OTHER) return true;
    if (!spells(bytes, start, end, KNOWN_NAMES[candidate] ?? CHUNKED)) return true;
    fields.dropped[i] = IS_DROPPED[candidate] ?? 1;
    return this.endKnown(bytes, candidate, i, valueStart, valueEnd);
  }

  /** Programs behind us may read `X_Name` as `X-Name`: a request's is not passed on, and none may seem to frame a body. */
  private endUnderscored(bytes: Buffer, i: number, start: number, end: number): boolean {
    if (resembles(bytes, start, end, CONTENT_LENGTH_NAME) || resembles(bytes, start, end, TRANSFER_ENCODING_NAME)) {
      return this.refuse("framing_lookalike");
    }
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
      case HOST_FIELD:
        if (!this.isRequest) return true;
        if (this.hostField >= 0 || !isAuthority(bytes, start, end)) return this.refuse("bad_host");
        this.hostField = i;
        return true;
      case CONNECTION:
        // Nearly all say one of these two and nothing else.
        if (spells(bytes, start, end, KEEP_ALIVE)) this.keepAlive = true;
        else if (spells(bytes, start, end, CLOSE)) this.close = true;
        else if (this.listField < 0) this.listField = i;
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
        if (hasMember(bytes, start, end, CLOSE)) this.close = true;
        return true;
      default:
        return kind < FIRST_NEAR_MISS || this.refuse("framing_lookalike");
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

  /** The options of the Connection fields from `listField` on; the fields they name are for this hop only. */
  private readConnection(bytes: Buffer): boolean {
    const fields = this.fields;
    let options = 0;
    for (let i = this.listField; i < fields.count; i++) {
      if (!this.isKnown(bytes, i, CONNECTION)) continue;
      const end = fields.valueEnd[i] ?? 0;
      let p = fields.valueStart[i] ?? 0;
      while (p < end) {
        const start = p;
        while (p < end && TOKEN[bytes[p] ?? 0] !== 0) p++;
        if (p > start && (++options > MAX_OPTIONS || !this.readOption(bytes, start, p)))
          return this.refuse("bad_connection");
        while (p < end && (bytes[p] === SP || bytes[p] === HTAB)) p++;
        if (p < end && bytes[p++] !== COMMA) return this.refuse("bad_connection");
        while (p < end && (bytes[p] === SP || bytes[p] === HTAB)) p++;
      }
    }
    return true;
  }

  /** False: the option would take away a field that is not this hop's alone. */
  private readOption(bytes: Buffer, start: number, end: number): boolean {
    if (spells(bytes, start, end, KEEP_ALIVE)) this.keepAlive = true;
    else if (spells(bytes, start, end, CLOSE)) this.close = true;
    else if (spells(bytes, start, end, UPGRADE_OPTION)) this.upgradeOption = true;
    else {
      const name = fieldName(bytes.toString("latin1", start, end));
      if (FOR_EVERYBODY.has(name.text)) return false;
      this.fields.drop(name);
    }
    return true;
  }

  private isKnown(bytes: Buffer, i: number, kind: number): boolean {
    return spells(bytes, this.fields.nameStart[i] ?? 0, this.fields.nameEnd[i] ?? 0, KNOWN_NAMES[kind] ?? CHUNKED);
  }
}

function candidateKey(length: number, first: number): number {
  return (length << 5) | (first & 31);
}

/** Some parsers take a tab behind a length or a coding, though it is white space, for a part of it. */
function hasTabBehind(bytes: Buffer, end: number): boolean {
  let p = end;
  while (bytes[p] === SP) p++;
  return bytes[p] === HTAB;
}

/** Like `spells`, but `_` is as good as `-`. */
function resembles(bytes: Buffer, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const byte = bytes[start + i] ?? 0;
    if ((byte === 0x5f ? 0x2d : LOWER[byte]) !== lower[i]) return false;
  }
  return true;
}

/** Whether a member of the comma-separated list in [start, end) spells `lower`. */
export function hasMember(bytes: Buffer, start: number, end: number, lower: Uint8Array): boolean {
  let p = start;
  while (p < end) {
    let from = p;
    while (p < end && bytes[p] !== COMMA) p++;
    let to = p;
    while (from < to && (bytes[from] === SP || bytes[from] === HTAB)) from++;
    while (to > from && (bytes[to - 1] === SP || bytes[to - 1] === HTAB)) to--;
    if (spells(bytes, from, to, lower)) return true;
    p++;
  }
  return false;
}
