import { isAuthority } from "./authority.ts";
import { CR, LF, PATH, QUERY, runOf, SP, spells, TOKEN } from "./bytes.ts";
import { FieldSection } from "./field-section.ts";
import { type Fields, fieldName } from "./fields.ts";
import { CHUNKED, type HeadLimits, NO_BODY } from "./framing.ts";
import { LONGEST_METHOD, methodOf } from "./methods.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { upgradeTo } from "./upgrade.ts";

/** What a head may measure, in bytes and fields. */
export interface RequestLimits extends HeadLimits {
  readonly maxTarget: number;
}

export const REQUEST_LIMITS: RequestLimits = { maxHead: 32_768, maxTarget: 16_384, maxFields: 100 };

const SLASH = 0x2f;
const STAR = 0x2a;
const QUESTION = 0x3f;
const EXPECT = fieldName("expect");
const VERSION = Buffer.from("HTTP/1.");
/** How nearly every request line ends. */
const LINE_END = Buffer.from("HTTP/1.1\r\n");
const HTTP = Buffer.from("http://");
const HTTPS = Buffer.from("https://");

// Where the reading stands.
const BEFORE = 0;
const BEFORE_LF = 1;
const METHOD = 2;
const TARGET = 3;
const PATH_REST = 4;
const QUERY_REST = 5;
const VERSION_REST = 6;
const LINE_LF = 7;
const FIELDS = 8;
const COMPLETE = 9;

/**
 * Reads the head of a request, as strictly as a gate must: whatever two parsers could read in two ways is refused. One
 * reader serves a connection, request after request; what it says of a head holds until `reset`.
 */
export class RequestHead {
  readonly fields: Fields;
  /** Set when `read` says "refused". */
  refusal: Refusal | undefined;

  // All below is known once `read` says "complete". Offsets are into the bytes given last.
  method = "GET";
  /** Where the request line begins. */
  lineStart = 0;
  form: "origin" | "absolute" | "asterisk" = "origin";
  targetStart = 0;
  targetEnd = 0;
  /** The target without scheme, authority and query. Empty where an absolute target has no path, which means `/`. */
  pathStart = 0;
  pathEnd = 0;
  /** Whom the request is for: the authority of an absolute target, else the value of Host. Both -1: not said (HTTP/1.0). */
  authorityStart = -1;
  authorityEnd = -1;
  /** Of HTTP/1. */
  minor: 0 | 1 = 1;
  /** `NO_BODY`, `CHUNKED`, or the Content-Length. */
  bodyLength = NO_BODY;
  /** The index of the Content-Length field; -1: none. */
  contentLengthField = -1;
  /** The client will take another answer on this connection. */
  keepAlive = false;
  /** HTTP/1.1, an Upgrade field and a Connection field that names it. */
  upgrade = false;
  /** What it asks to be upgraded to; "other" also for lists. Anything with h2c in it is "h2c". */
  upgradeTo: "none" | "websocket" | "h2c" | "other" = "none";
  /** The client waits for a 100 before it sends the body. */
  expectContinue = false;
  /** `TE: trailers` was sent. The field is marked as dropped with all of TE; write it again. */
  teTrailers = false;
  /** The first byte after the head. */
  end = 0;

  private readonly limits: RequestLimits;
  private readonly section: FieldSection;
  private state = BEFORE;
  private start = -1;
  private at = 0;
  private blankLines = 0;
  /** Most requests ask for what others have asked for: comparing is cheaper than making a string. */
  private lastPath = "/";

  constructor(limits: RequestLimits) {
    this.limits = limits;
    this.section = new FieldSection(true, limits.maxFields);
    this.fields = this.section.fields;
  }

  /** Forgets the head, for the next one. */
  reset(): void {
    this.refusal = undefined;
    this.fields.clear();
    this.state = BEFORE;
    this.start = -1;
    this.blankLines = 0;
  }

  /** Somebody has told the client to go on; the next server need not. */
  dropExpectation(): void {
    this.expectContinue = false;
    this.fields.drop(EXPECT);
  }

  /** Nothing of a request has come yet; the empty line that may precede one counts as nothing. */
  get untouched(): boolean {
    return this.state <= BEFORE_LF;
  }

  /** The path without the query, one char per byte; `*` for the asterisk. */
  path(): string {
    if (this.form === "asterisk") return "*";
    const { pathStart, pathEnd, lastPath } = this;
    if (pathStart === pathEnd) return "/";
    if (isText(this.fields.bytes, pathStart, pathEnd, lastPath)) return lastPath;
    this.lastPath = this.fields.bytes.toString("latin1", pathStart, pathEnd);
    return this.lastPath;
  }

  /**
   * Reads the head that begins at `start`; what lies from `end` on is not there yet. While it says "incomplete", call it
   * again with the same bytes and more after them, in the same buffer or another; nothing is read twice. Once complete, it
   * only follows the bytes to where they have moved.
   */
  read(bytes: Buffer, start: number, end: number): "incomplete" | "complete" | "refused" {
    if (this.refusal !== undefined) return "refused";
    if (start !== this.start || bytes !== this.fields.bytes) this.moveTo(bytes, start);
    const limit = start + this.limits.maxHead;
    const stop = Math.min(end, limit);
    if (this.state < FIELDS) this.readLine(bytes, stop);
    if (this.state === FIELDS && this.section.read(bytes, stop)) this.complete();
    if (this.state === COMPLETE) return "complete";
    this.refusal ??= this.section.refusal;
    if (this.refusal !== undefined) return "refused";
    if (stop < limit) return "incomplete";
    this.refuse("large_head");
    return "refused";
  }

  private moveTo(bytes: Buffer, start: number): void {
    if (this.start < 0) {
      this.at = start;
      this.section.begin(bytes, start);
    } else {
      const by = start - this.start;
      this.at += by;
      this.end += by;
      this.lineStart += by;
      this.targetStart += by;
      this.targetEnd += by;
      this.pathStart += by;
      this.pathEnd += by;
      this.section.move(bytes, by);
      if (this.authorityStart >= 0) {
        this.authorityStart += by;
        this.authorityEnd += by;
      }
    }
    this.start = start;
  }

  private refuse(code: Refusal["code"]): false {
    this.refusal = refusalOf(code);
    return false;
  }

  /** The request line, up to `stop`. True: complete. */
  private readLine(bytes: Buffer, stop: number): boolean {
    let p = this.at;
    while (p < stop) {
      switch (this.state) {
        case BEFORE:
          if (bytes[p] === CR && this.blankLines === 0) {
            this.blankLines = 1;
            this.state = BEFORE_LF;
            p++;
            break;
          }
          this.lineStart = p;
          this.state = METHOD;
          break;
        case BEFORE_LF:
          if (bytes[p++] !== LF) return this.refuse("bad_start");
          this.state = BEFORE;
          break;
        case METHOD: {
          while (p < stop && TOKEN[bytes[p] ?? 0] !== 0) p++;
          if (p - this.lineStart > LONGEST_METHOD) return this.refuse("unknown_method");
          if (p === stop) break;
          if (bytes[p] !== SP || p === this.lineStart) return this.refuse("bad_start");
          const method = methodOf(bytes, this.lineStart, p);
          if (method === undefined) return this.refuse("unknown_method");
          this.method = method;
          this.targetStart = ++p;
          this.state = TARGET;
          break;
        }
        case TARGET: {
          const first = bytes[p];
          if (first === SLASH) this.form = "origin";
          else if (first === STAR && this.method === "OPTIONS") this.form = "asterisk";
          else if (first === 0x68 || first === 0x48) this.form = "absolute";
          else return this.refuse("bad_target");
          this.state = PATH_REST;
          break;
        }
        case PATH_REST:
          p = runOf(PATH, bytes, p, stop);
          if (p - this.targetStart > this.limits.maxTarget) return this.refuse("long_target");
          if (p === stop) break;
          this.pathEnd = p;
          if (bytes[p] === QUESTION) {
            this.state = QUERY_REST;
            break;
          }
          if (!this.endTarget(bytes, p++)) return false;
          break;
        case QUERY_REST:
          p = runOf(QUERY, bytes, p, stop);
          if (p - this.targetStart > this.limits.maxTarget) return this.refuse("long_target");
          if (p === stop) break;
          if (!this.endTarget(bytes, p++)) return false;
          break;
        case VERSION_REST: {
          if (p === this.targetEnd + 1 && isLineEnd(bytes, p, stop)) {
            this.minor = 1;
            this.state = FIELDS;
            this.section.at = p + LINE_END.length;
            return true;
          }
          const digit = p - this.targetEnd - 1;
          if (digit < VERSION.length) {
            if (bytes[p] !== VERSION[digit]) return this.refuse(digit === 5 ? versionCode(bytes[p]) : "bad_version");
          } else if (digit === VERSION.length) {
            if (bytes[p] !== 0x31 && bytes[p] !== 0x30) return this.refuse(versionCode(bytes[p]));
            this.minor = bytes[p] === 0x31 ? 1 : 0;
          } else {
            if (bytes[p] !== CR) return this.refuse("bad_version");
            this.state = LINE_LF;
          }
          p++;
          break;
        }
        default:
          if (bytes[p++] !== LF) return this.refuse("bad_line_end");
          this.state = FIELDS;
          this.section.at = p;
          return true;
      }
    }
    this.at = p;
    return false;
  }

  /** False: refused. */
  private endTarget(bytes: Buffer, end: number): boolean {
    this.targetEnd = end;
    this.authorityStart = -1;
    this.authorityEnd = -1;
    this.pathStart = this.targetStart;
    this.state = VERSION_REST;
    if (bytes[end] === SP && this.hasGoodForm(bytes, end)) return true;
    return this.refuse("bad_target");
  }

  private hasGoodForm(bytes: Buffer, end: number): boolean {
    if (this.form === "origin") return true;
    if (this.form === "asterisk") return end === this.targetStart + 1;
    const start = this.targetStart;
    const authority = spells(bytes, start, Math.min(start + 7, end), HTTP)
      ? start + 7
      : spells(bytes, start, Math.min(start + 8, end), HTTPS)
        ? start + 8
        : -1;
    if (authority < 0) return false;
    let slash = authority;
    while (slash < this.pathEnd && bytes[slash] !== SLASH) slash++;
    this.authorityStart = authority;
    this.authorityEnd = slash;
    this.pathStart = slash;
    // RFC 9112 3.2.4: such a target is how a proxy is asked for `OPTIONS *`.
    if (this.method === "OPTIONS" && slash === end) this.form = "asterisk";
    return isAuthority(bytes, authority, slash);
  }

  /** False: refused. */
  private complete(): boolean {
    const section = this.section;
    if (section.hostField < 0 && this.minor === 1) return this.refuse("bad_host");
    if (section.chunked && this.minor === 0) return this.refuse("old_coding");
    if (this.authorityStart < 0 && section.hostField >= 0) {
      this.authorityStart = this.fields.valueStart[section.hostField] ?? -1;
      this.authorityEnd = this.fields.valueEnd[section.hostField] ?? -1;
    }
    this.bodyLength = section.chunked ? CHUNKED : section.contentLength;
    this.contentLengthField = section.contentLengthField;
    this.keepAlive = !section.connection.close && (this.minor === 1 || section.connection.keepAlive);
    this.expectContinue = section.expectContinue && this.minor === 1;
    // RFC 9110 10.1.1: from HTTP/1.0 it means nothing.
    if (section.expectContinue && this.minor === 0) this.fields.drop(EXPECT);
    this.teTrailers = section.teTrailers;
    this.upgrade = section.connection.upgrade && section.upgradeField >= 0 && this.minor === 1;
    this.upgradeTo = this.upgrade ? upgradeTo(this.fields, section.upgradeField) : "none";
    // What follows the head would be a body for some and the tunnel's first bytes for others.
    const plain = this.method === "GET" && this.bodyLength !== CHUNKED && this.bodyLength <= 0;
    if (this.upgradeTo === "websocket" && !plain) return this.refuse("bad_upgrade");
    this.end = section.at;
    this.state = COMPLETE;
    return true;
  }
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

function isLineEnd(bytes: Buffer, start: number, stop: number): boolean {
  if (start + LINE_END.length > stop) return false;
  for (let i = 0; i < LINE_END.length; i++) if (bytes[start + i] !== LINE_END[i]) return false;
  return true;
}

function versionCode(byte: number | undefined): "unknown_version" | "bad_version" {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? "unknown_version" : "bad_version";
}
