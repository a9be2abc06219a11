import { ChunkedFollower } from "../../../../src/proxy/wire/chunked.ts";
import { CHUNKED, NO_BODY, UNTIL_CLOSE } from "../../../../src/proxy/wire/framing.ts";
import { REQUEST_LIMITS, RequestHead } from "../../../../src/proxy/wire/request-head.ts";
import { RESPONSE_LIMITS, ResponseHead } from "../../../../src/proxy/wire/response-head.ts";
import {
  fieldLine,
  writeBytes,
  writeEnd,
  writeKept,
  writeRequestLine,
  writeStatusLine,
} from "../../../../src/proxy/wire/write-head.ts";

/** What we made of one message that we took. */
export interface OurMessage {
  readonly start: string;
  readonly minor: number;
  readonly fields: readonly string[];
  readonly trailers: readonly string[];
  readonly body: string;
  readonly complete: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Where the message began, and where the part of it that we took ended. */
  readonly from: number;
  readonly to: number;
  /** The message as we would pass it on. */
  readonly forwarded: string;
  /** The fields of it that we pass on, without ours. */
  readonly kept: readonly string[];
  readonly code: string | undefined;
}

const OUR_HOST = fieldLine("Host", "up.test");
const OUR_CODING = fieldLine("Transfer-Encoding", "chunked");
const NO_PREFIX = Buffer.alloc(0);

/** The messages that we take from a connection; after the last of them comes what we refuse, wait for or leave to others. */
export class OurRequests {
  private readonly head = new RequestHead(REQUEST_LIMITS);
  private readonly body = new Body();
  private readonly out = Buffer.alloc(65_536);
  /** Of the last head that was refused. */
  code: string | undefined;

  read(bytes: Buffer, cuts: readonly number[]): OurMessage[] {
    const { head } = this;
    const messages: OurMessage[] = [];
    this.code = undefined;
    let from = 0;
    for (;;) {
      head.reset();
      const state = readHead((piece, start, end) => head.read(piece, start, end), bytes, from, cuts);
      if (state !== "complete") {
        this.code = head.refusal?.code;
        return messages;
      }
      const body = this.body.read(bytes, head.end, head.bodyLength, cuts);
      let at = writeBytes(this.out, writeRequestLine(this.out, 0, head, NO_PREFIX), OUR_HOST);
      at = writeKept(this.out, at, head.fields);
      if (head.bodyLength === CHUNKED) at = writeBytes(this.out, at, OUR_CODING);
      at = writeEnd(this.out, at);
      const message = {
        start: `${head.method} ${bytes.toString("latin1", head.targetStart, head.targetEnd)}`,
        minor: head.minor,
        ...fieldsOf(head),
        ...body,
        keepAlive: head.keepAlive,
        upgrade: head.upgrade,
        from,
        forwarded: this.out.toString("latin1", 0, at) + body.forwarded,
      };
      messages.push(message);
      if (!message.complete || !head.keepAlive || head.upgrade) return messages;
      from = message.to;
    }
  }
}

/** The answer that we take from a connection, if we take it. */
export class OurAnswers {
  private readonly head = new ResponseHead(RESPONSE_LIMITS);
  private readonly body = new Body();
  private readonly out = Buffer.alloc(65_536);

  read(bytes: Buffer, cuts: readonly number[], toHead: boolean): OurMessage | undefined {
    const { head } = this;
    let from = 0;
    do {
      head.reset(toHead);
      if (readHead((piece, start, end) => head.read(piece, start, end), bytes, from, cuts) !== "complete")
        return undefined;
      if (head.status === 101) return undefined;
      if (head.status < 200) from = head.end;
    } while (head.status < 200);
    const body = this.body.read(bytes, head.end, head.bodyLength, cuts);
    let at = writeKept(this.out, writeStatusLine(this.out, 0, head), head.fields);
    if (head.bodyLength === CHUNKED) at = writeBytes(this.out, at, OUR_CODING);
    at = writeEnd(this.out, at);
    return {
      start: `${head.status} ${bytes.toString("latin1", head.reasonStart, head.reasonEnd)}`,
      minor: head.minor,
      ...fieldsOf(head),
      ...body,
      keepAlive: head.keepAlive,
      upgrade: false,
      from,
      forwarded: this.out.toString("latin1", 0, at) + body.forwarded,
    };
  }
}

/** The head that begins at `from`, given in pieces that each lie in another buffer; the last time in `bytes` itself. */
function readHead(
  read: (bytes: Buffer, start: number, end: number) => string,
  bytes: Buffer,
  from: number,
  cuts: readonly number[],
): string {
  for (const [i, cut] of cuts.entries()) {
    if (cut <= from) continue;
    const moved = Buffer.concat([Buffer.alloc(i % 3, "#"), bytes.subarray(from, cut), Buffer.from("#")]);
    const state = read(moved, i % 3, moved.length - 1);
    // Read on at its place, so that offsets are those of `bytes`.
    if (state !== "incomplete") return read(bytes, from, cut);
  }
  return read(bytes, from, bytes.length);
}

class Body {
  private readonly follower = new ChunkedFollower();
  private readonly data = new ChunkedFollower(true);

  read(bytes: Buffer, at: number, length: number, cuts: readonly number[]) {
    if (length === CHUNKED) return this.readChunked(bytes, at, cuts);
    const until = length === UNTIL_CLOSE ? bytes.length : Math.min(bytes.length, at + Math.max(0, length));
    const complete = length === NO_BODY || length === UNTIL_CLOSE || until === at + length;
    const body = bytes.toString("latin1", at, until);
    return { body, trailers: [], complete, to: until, forwarded: body, code: undefined };
  }

  private readChunked(bytes: Buffer, at: number, cuts: readonly number[]) {
    const whole = this.follow(this.follower, bytes, at, cuts);
    const data = this.follow(this.data, bytes, at, cuts);
    const tail = /\r\n0+\r\n((?:[^\r\n:]+:[^\r\n]*\r\n)*)\r\n$/.exec(`\r\n${whole.passed}`);
    return {
      body: data.passed,
      trailers: whole.state === "complete" ? linesOf(tail?.[1] ?? "?") : [],
      complete: whole.state === "complete",
      to: whole.end,
      forwarded: whole.passed,
      code: this.follower.refusal?.code,
    };
  }

  private follow(follower: ChunkedFollower, bytes: Buffer, at: number, cuts: readonly number[]) {
    follower.reset();
    let passed = "";
    let from = at;
    let state: string = "more";
    for (const cut of [...cuts, bytes.length]) {
      if (cut < from || state !== "more") continue;
      state = follower.follow(bytes, from, cut);
      if (follower.verbatim) passed += bytes.toString("latin1", from, follower.end);
      for (let i = 0; i < follower.spans.length; i += 2) {
        passed += bytes.toString("latin1", follower.spans[i], follower.spans[i + 1]);
      }
      from = follower.end;
    }
    return { state, passed, end: from };
  }
}

function linesOf(text: string): string[] {
  return text
    .split("\r\n")
    .filter((line) => line !== "")
    .flatMap((line) => [line.slice(0, line.indexOf(":")), trimmed(line.slice(line.indexOf(":") + 1))]);
}

function trimmed(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, "");
}

function fieldsOf({ fields }: RequestHead | ResponseHead): { fields: string[]; kept: string[] } {
  const all: string[] = [];
  const kept: string[] = [];
  for (let i = 0; i < fields.count; i++) {
    const pair = [fields.bytes.toString("latin1", fields.nameStart[i], fields.nameEnd[i]), fields.value(i)];
    all.push(...pair);
    if (fields.dropped[i] === 0) kept.push(...pair);
  }
  return { fields: all, kept };
}
