import type { BodyCopy } from "../body-copy.ts";
import { fieldName } from "../wire/fields.ts";
import { CHUNKED, UNTIL_CLOSE } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { RESPONSE_LIMITS, ResponseHead } from "../wire/response-head.ts";
import { writeBytes, writeEnd, writeKept, writeRange, writeStatusLine, writeValue } from "../wire/write-head.ts";
import { AnswerMeaning } from "./answer-meaning.ts";
import { BodyFollower } from "./body-follower.ts";
import { Gather } from "./gather.ts";
import { isFleeting } from "./memory.ts";
import { keepFor } from "./server-patience.ts";
import type { Sender, Slab } from "./slab.ts";

/** What an answer carries from us. */
export interface AnswerTerms {
  /** The `x-canary-*` lines. */
  readonly lines: Buffer;
  readonly idLine: Buffer;
  /** Whether the client's connection may serve another request after this answer. */
  readonly keep: boolean;
}

interface Terms {
  /**
   * Asked once, when an answer's head is there; undefined: the client shall not see this answer. `saysError`: as far as it has
   * come, it says that it is none.
   */
  answerTerms(status: number, saysError: boolean): AnswerTerms | undefined;
}

export type AnswerProgress =
  | "more"
  | "complete"
  | "surplus" // complete, and something lies behind it: the connection cannot be trusted any more
  | "declined" // nothing of it is passed on
  | "broken"; // this is not HTTP

/** How the body is framed for the client. */
type Framing = "as it came" | "chunked by us" | "without chunks";

/** A server that sends more interim answers than this to one request means harm. */
const MAX_INTERIM = 64;
/** From this size on, copying costs more than a view. */
const LARGE = 16 * 1024;
/** Room for what we add to a head. */
const OURS = 512;
/** Room for what we add to a piece of a body that we chunk. */
const CHUNK_FRAME = 16;

const CHUNKED_LINE = Buffer.from("Transfer-Encoding: chunked\r\n");
const CLOSE_LINE = Buffer.from("Connection: close\r\n");
const KEEP_LINE = Buffer.from("Connection: keep-alive\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const ID = fieldName("x-request-id");
const CANARY = fieldName("x-canary-");

/**
 * The way of an answer to the client. Everything is copied into the slab: the upstream's bytes lie in a buffer that the next
 * read overwrites, and so a head and its body leave in one write.
 */
export class AnswerRelay {
  readonly head = new ResponseHead(RESPONSE_LIMITS);
  readonly meaning = new AnswerMeaning();
  /** The status that was passed on; 0: the answer has not begun. */
  status = 0;
  /** A 100 was passed on. */
  continued = false;
  /** How long the upstream's connection may be kept for another request, in ms; 0: not at all. */
  keepFor = 0;
  /** The client's connection serves no further request. */
  lastOfConnection = false;
  /** Gets the body that is passed on; undefined: nobody wants it. */
  copy: BodyCopy | undefined;
  private readonly slab: Slab;
  private client: Sender | undefined;
  private readonly body = new BodyFollower();
  private readonly partial = new Gather();
  private framing: Framing = "as it came";
  private toHead = false;
  private oldClient = false;
  private interim = 0;
  /** When the bytes came that are being passed on, in ms. */
  private now = 0;

  constructor(slab: Slab) {
    this.slab = slab;
  }

  /** The answer has no end but its connection's. */
  get endsWithConnection(): boolean {
    return this.status !== 0 && this.head.bodyLength === UNTIL_CLOSE;
  }

  begin(request: RequestHead, client: Sender): void {
    this.client = client;
    this.status = 0;
    this.continued = false;
    this.meaning.reset();
    this.lastOfConnection = false;
    this.interim = 0;
    this.partial.clear();
    this.toHead = request.method === "HEAD";
    this.oldClient = request.minor === 0;
    this.head.reset(this.toHead);
  }

  /** Forgets the client and all bytes. */
  letGo(): void {
    this.client = undefined;
    this.partial.clear();
    this.head.fields.clear();
  }

  /** Passes on what came from the upstream; `now` in ms. */
  take(bytes: Buffer, start: number, end: number, terms: Terms, now: number): AnswerProgress {
    this.now = now;
    if (this.status !== 0) return this.passBody(bytes, start, end);
    if (this.partial.bytes === undefined) return this.takeHead(bytes, start, end, terms);
    const whole = this.partial.append(bytes, start, end);
    return this.takeHead(whole, this.partial.start, this.partial.end, terms);
  }

  /** The answer that ends with its connection has ended. */
  end(): void {
    if (this.framing !== "chunked by us") return;
    this.slab.reserve(LAST_CHUNK.length);
    this.send(writeBytes(this.slab.block, this.slab.at, LAST_CHUNK));
  }

  private takeHead(bytes: Buffer, start: number, end: number, terms: Terms): AnswerProgress {
    const { head, partial } = this;
    let at = start;
    for (;;) {
      const progress = head.read(bytes, at, end);
      if (progress === "refused") return "broken";
      if (progress === "incomplete") {
        if (partial.bytes === bytes) partial.start = at;
        else if (at < end) partial.append(bytes, at, end);
        return "more";
      }
      at = head.end;
      if (head.status >= 200) break;
      // Nobody asked to switch protocols: upgrades take another way.
      if (head.status === 101 || ++this.interim > MAX_INTERIM) return "broken";
      this.passInterim();
    }
    // An answer to HEAD has no body.
    if (!this.toHead) this.meaning.begin(head, bytes, at, end, this.now);
    const agreed = terms.answerTerms(head.status, this.meaning.saysError);
    const result = agreed === undefined ? "declined" : this.passHead(bytes, at, end, agreed);
    partial.clear();
    return result;
  }

  private passInterim(): void {
    const { head, slab } = this;
    if (!this.oldClient) {
      slab.reserve(head.end - head.reasonStart + OURS);
      let at = writeStatusLine(slab.block, slab.at, head);
      at = writeKept(slab.block, at, head.fields);
      at = writeEnd(slab.block, at);
      this.send(at);
      if (head.status === 100) this.continued = true;
    }
    head.reset(this.toHead);
  }

  private passHead(bytes: Buffer, from: number, to: number, terms: AnswerTerms): AnswerProgress {
    const { head, slab, body, oldClient } = this;
    const { fields, bodyLength } = head;
    this.status = head.status;
    const endless = bodyLength === UNTIL_CLOSE;
    this.framing =
      oldClient && bodyLength === CHUNKED ? "without chunks" : !oldClient && endless ? "chunked by us" : "as it came";
    this.keepFor = keepFor(head);
    // What has no length ends, for an old client, with the connection.
    this.lastOfConnection = !terms.keep || (oldClient && (endless || bodyLength === CHUNKED));
    fields.drop(ID);
    fields.dropPrefix(CANARY);
    body.begin(bodyLength, this.framing === "without chunks");
    const stop = body.follow(bytes, from, to);
    if (this.copy !== undefined) {
      this.copy.begin(bodyLength, fields.get("content-type"), fields.get("content-encoding"));
      this.copy.take(bytes, from, stop);
    }

    slab.reserve(head.end - head.reasonStart + terms.lines.length + OURS + stop - from + CHUNK_FRAME);
    const out = slab.block;
    let at = writeStatusLine(out, slab.at, head);
    at = writeKept(out, at, fields);
    if (!oldClient && (head.chunked || endless)) at = writeBytes(out, at, CHUNKED_LINE);
    at = writeBytes(out, at, terms.lines);
    at = writeBytes(out, at, terms.idLine);
    if (this.lastOfConnection) at = writeBytes(out, at, CLOSE_LINE);
    else if (oldClient) at = writeBytes(out, at, KEEP_LINE);
    at = writeEnd(out, at);
    at = this.copyBody(at, bytes, from, stop);
    this.send(at);
    return this.progress(stop, to);
  }

  private passBody(bytes: Buffer, start: number, end: number): AnswerProgress {
    const stop = this.body.follow(bytes, start, end);
    this.meaning.bytes(bytes, start, stop, this.now);
    this.copy?.take(bytes, start, stop);
    if (!isFleeting(bytes, start) && stop - start >= LARGE && this.framing === "as it came" && this.body.verbatim) {
      // They stay as they are until they have left, because the upstream waits for that.
      if (this.client !== undefined) this.slab.pass(bytes.subarray(start, stop), this.client.socket);
      return this.progress(stop, end);
    }
    this.slab.reserve(stop - start + CHUNK_FRAME);
    const { at } = this.slab;
    const filled = this.copyBody(at, bytes, start, stop);
    if (filled > at) this.send(filled);
    return this.progress(stop, end);
  }

  private send(end: number): void {
    if (this.client !== undefined) this.slab.post(end, this.client);
  }

  private progress(stop: number, end: number): AnswerProgress {
    if (this.body.malformed) return "broken";
    if (!this.body.done) return "more";
    return stop === end ? "complete" : "surplus";
  }

  private copyBody(at: number, bytes: Buffer, start: number, stop: number): number {
    const { block } = this.slab;
    if (start === stop) return at;
    if (this.framing === "chunked by us") {
      const size = writeEnd(block, writeValue(block, at, (stop - start).toString(16)));
      return writeEnd(block, writeRange(block, size, bytes, start, stop));
    }
    if (this.body.verbatim) return writeRange(block, at, bytes, start, stop);
    const { spans } = this.body;
    let end = at;
    for (let i = 0; i < spans.length; i += 2) end = writeRange(block, end, bytes, spans[i] ?? 0, spans[i + 1] ?? 0);
    return end;
  }
}
