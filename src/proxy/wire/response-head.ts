import { CR, LF, runOf, SP, VALUE } from "./bytes.ts";
import { FieldSection } from "./field-section.ts";
import { type Fields, fieldName } from "./fields.ts";
import { CHUNKED, type HeadLimits, NO_BODY, UNTIL_CLOSE } from "./framing.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

export const RESPONSE_LIMITS: HeadLimits = { maxHead: 65_536, maxFields: 200 };

const VERSION = Buffer.from("HTTP/1.");
/** `HTTP/1.1 200`. */
const STATUS_AT = VERSION.length + 2;
const REASON_AT = STATUS_AT + 3;
const CONTENT_LENGTH = fieldName("content-length");

// Where the reading stands.
const STATUS_LINE = 0;
const REASON = 1;
const LINE_LF = 2;
const FIELDS = 3;
const COMPLETE = 4;

/**
 * Reads the head of an answer, as strictly as `RequestHead` reads a request's: what an upstream sends is not trusted
 * either. One reader serves a connection; what it says of a head holds until `reset`.
 */
export class ResponseHead {
  readonly fields: Fields;
  /** Set when `read` says "refused". Always a 502. */
  refusal: Refusal | undefined;

  // All below is known once `read` says "complete". Offsets are into the bytes given last.
  /** 100–599. Below 200: another head follows; but after 101 the connection speaks another protocol. */
  status = 0;
  /** May be empty. */
  reasonStart = 0;
  reasonEnd = 0;
  /** Of HTTP/1. */
  minor: 0 | 1 = 1;
  /** What follows: `NO_BODY`, `CHUNKED`, `UNTIL_CLOSE`, or that many bytes. */
  bodyLength = NO_BODY;
  /** Transfer-Encoding was said, also where no body follows (HEAD, 304). */
  chunked = false;
  /** The index of the Content-Length field, also where it is only said (HEAD, 304); -1: none. */
  contentLengthField = -1;
  /** The server will take another request on this connection, once the body has ended. */
  keepAlive = false;
  /** The first byte after the head. */
  end = 0;

  private readonly limits: HeadLimits;
  private readonly section: FieldSection;
  private state = STATUS_LINE;
  private start = -1;
  private at = 0;
  private toHead = false;

  constructor(limits: HeadLimits) {
    this.limits = limits;
    this.section = new FieldSection(false, limits.maxFields);
    this.fields = this.section.fields;
  }

  /** Forgets the head, for the next one. `toHead`: it will answer a HEAD request. */
  reset(toHead: boolean): void {
    this.refusal = undefined;
    this.fields.clear();
    this.state = STATUS_LINE;
    this.start = -1;
    this.toHead = toHead;
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
    const refusal = this.refusal ?? this.section.refusal;
    if (refusal !== undefined) this.refuse(refusal.code);
    else if (stop === limit) this.refuse("large_head");
    return this.refusal === undefined ? "incomplete" : "refused";
  }

  private moveTo(bytes: Buffer, start: number): void {
    if (this.start < 0) {
      this.at = start;
      this.section.begin(bytes, start);
    } else {
      const by = start - this.start;
      this.at += by;
      this.end += by;
      this.reasonStart += by;
      this.reasonEnd += by;
      this.section.move(bytes, by);
    }
    this.start = start;
  }

  private refuse(code: Refusal["code"]): false {
    this.refusal = { ...refusalOf(code), status: 502 };
    return false;
  }

  /** The status line, up to `stop`. True: complete. */
  private readLine(bytes: Buffer, stop: number): boolean {
    let p = this.at;
    while (p < stop) {
      if (this.state === STATUS_LINE) {
        const i = p - this.start;
        if (i < REASON_AT) {
          if (!this.isStatusByte(i, bytes[p] ?? 0)) return this.refuse("bad_status_line");
          p++;
          continue;
        }
        if (this.status < 100 || this.status > 599) return this.refuse("bad_status_line");
        // Many servers leave out the space where there is no reason.
        if (bytes[p] === SP) p++;
        else if (bytes[p] !== CR) return this.refuse("bad_status_line");
        this.reasonStart = p;
        this.state = REASON;
      } else if (this.state === REASON) {
        p = runOf(VALUE, bytes, p, stop);
        if (p === stop) break;
        if (bytes[p] !== CR) return this.refuse(bytes[p] === LF ? "bad_line_end" : "bad_status_line");
        this.reasonEnd = p++;
        this.state = LINE_LF;
      } else {
        if (bytes[p++] !== LF) return this.refuse("bad_line_end");
        this.state = FIELDS;
        this.section.at = p;
        return true;
      }
    }
    this.at = p;
    return false;
  }

  private isStatusByte(i: number, byte: number): boolean {
    if (i < VERSION.length) return byte === VERSION[i];
    if (i === VERSION.length) {
      this.minor = byte === 0x30 ? 0 : 1;
      this.status = 0;
      return byte === 0x30 || byte === 0x31;
    }
    if (i < STATUS_AT) return byte === SP;
    this.status = this.status * 10 + byte - 0x30;
    return byte >= 0x30 && byte <= 0x39;
  }

  /** False: refused. */
  private complete(): boolean {
    const section = this.section;
    const status = this.status;
    if (section.chunked && this.minor === 0) return this.refuse("old_coding");
    if (status < 200 && (section.chunked || section.contentLength > 0)) return this.refuse("unasked_length");
    // Some clients, llhttp's among them, take nothing after it; so the answer it announces would depend on who reads.
    if (status < 200 && section.connection.close) return this.refuse("closing_interim");
    this.keepAlive = !section.connection.close && (this.minor === 1 || section.connection.keepAlive);
    this.contentLengthField = section.contentLengthField;
    this.chunked = section.chunked && status >= 200 && status !== 204;
    this.end = section.at;
    this.state = COMPLETE;
    if (this.toHead || status < 200 || status === 204 || status === 304) {
      this.bodyLength = NO_BODY;
      if (status < 200 || status === 204) this.dropBodyOf(section);
      return true;
    }
    this.bodyLength = section.chunked ? CHUNKED : section.contentLength;
    if (this.bodyLength === NO_BODY) {
      this.bodyLength = UNTIL_CLOSE;
      this.keepAlive = false;
    }
    return true;
  }

  /** RFC 9110 8.6: 1xx and 204 have no length. Who says one may send a body too, so the connection is not used again. */
  private dropBodyOf(section: FieldSection): void {
    if (section.contentLengthField >= 0) this.fields.drop(CONTENT_LENGTH);
    this.contentLengthField = -1;
    if (section.chunked || section.contentLength > 0) this.keepAlive = false;
  }
}
