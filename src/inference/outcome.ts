import type { AnswerFamily } from "./outcome-api.ts";
import { OutcomeJson } from "./outcome-json.ts";
import { endsAsJson, usageInTail } from "./outcome-tail.ts";
import { NAME_ERROR, NAME_MESSAGE_STOP, NAME_NONE, NAME_RESPONSE_COMPLETED } from "./outcome-words.ts";
import { StreamLines, type StreamReader } from "./sse.ts";

/** Why an answer that came is not what was asked for. */
export type AnswerFailure =
  | "http_5xx"
  | "error_event" // a stream says that something went wrong
  | "error_body" // so does a body, under a status that says it did not
  | "unfinished" // the stream ended well as HTTP, but without what ends such a stream
  | "truncated" // the connection ended inside the answer
  | "bad_json" // JSON was promised, and is not there or has no end
  | "empty"; // nothing was generated

/** What an answer means for the version that gave it. */
export type AnswerVerdict =
  | { readonly kind: "good" }
  | { readonly kind: "failed"; readonly reason: AnswerFailure }
  /** 429, 503 and 529: the version has too much to do. Counted apart. */
  | { readonly kind: "overload" }
  /** It says nothing about the version. */
  | { readonly kind: "nobody's"; readonly why: "client error" | "client left" };

/** How an exchange ended, as far as the answer's bytes go. */
export type AnswerEnd = "complete" | "cut short" | "client left";

/** How much of a JSON body is followed; of what is longer only the last byte is looked at, and the usage near the end. */
const FOLLOWED = 16 * 1024;
const TAIL = 512;

const GOOD: AnswerVerdict = { kind: "good" };
const OVERLOAD: AnswerVerdict = { kind: "overload" };
const CLIENT_ERROR: AnswerVerdict = { kind: "nobody's", why: "client error" };
const CLIENT_LEFT: AnswerVerdict = { kind: "nobody's", why: "client left" };

/** Media types whose lines are JSON objects. */
const LINES = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]);

type Looking = "at nothing" | "at a stream" | "at JSON";

/**
 * Reads what the answer of a model server means, as its bytes pass. One reader serves answer after answer; it keeps some
 * hundred bytes, copies nothing that it does not keep, and allocates nothing per chunk.
 */
export class AnswerReader implements StreamReader {
  /** Tokens, as the answer itself counts them; -1: it does not say. */
  promptTokens = -1;
  completionTokens = -1;
  /** When the first bytes that hold something generated came, on the clock of `bytes`; -1: none yet. */
  firstTokenAt = -1;
  /** False: the body is encoded (gzip, br, …) or of a kind that says nothing, so only status and length were judged. */
  lookedInto = false;

  private family: AnswerFamily = "other";
  private status = 0;
  private looking: Looking = "at nothing";
  private readonly lines = new StreamLines(this);
  private readonly json = new OutcomeJson();
  private readonly tail = new Uint8Array(TAIL);
  private size = 0;
  private now = 0;
  private error = false;
  private badJson = false;
  private content = false;
  private ended = false;

  /**
   * A final answer's head is there; not for HEAD requests, whose answers promise what does not come.
   * @param contentType as it stands in the head; `encoding` is the Content-Encoding.
   * @param family by `answerFamilyOf` the request's path.
   */
  begin(family: AnswerFamily, status: number, contentType: string | undefined, encoding: string | undefined): void {
    this.family = family;
    this.status = status;
    this.promptTokens = -1;
    this.completionTokens = -1;
    this.firstTokenAt = -1;
    this.size = 0;
    this.error = false;
    this.badJson = false;
    this.content = false;
    this.ended = false;
    const plain = encoding === undefined || encoding === "" || encoding.toLowerCase() === "identity";
    this.looking = plain && status >= 200 && status < 300 && status !== 204 ? lookingAt(contentType) : "at nothing";
    this.lookedInto = this.looking === "at a stream" || this.looking === "at JSON";
    if (this.looking === "at a stream") this.lines.begin(isLines(contentType));
    else if (this.looking === "at JSON") this.json.reset();
  }

  /** The body's next bytes, without the framing of chunks. `now` is in any unit: `firstTokenAt` gets it. */
  bytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (start === end) return;
    this.now = now;
    switch (this.looking) {
      case "at a stream":
        this.lines.take(bytes, start, end);
        break;
      case "at JSON":
        this.takeJson(bytes, start, end);
        break;
      default:
    }
    this.size += end - start;
  }

  /** What is generated comes bit by bit. */
  get isStream(): boolean {
    return this.looking === "at a stream";
  }

  /** What has come says that it is no answer. */
  get saysError(): boolean {
    return this.error || (this.looking === "at JSON" && this.json.error);
  }

  /** @param end "complete": all bytes came that the head promised. */
  end(end: AnswerEnd): AnswerVerdict {
    const { status } = this;
    if (status === 429 || status === 503 || status === 529) return OVERLOAD;
    if (status >= 500) return failed("http_5xx");
    if (status >= 400) return CLIENT_ERROR;
    if (this.looking === "at a stream") {
      if (end === "complete") this.lines.end();
      if (this.error) return failed("error_event");
    } else if (this.looking === "at JSON") {
      this.noteJson();
      if (this.error) return failed("error_body");
    }
    // Many clients hang up on the marker of the end.
    if (end === "client left") return this.ended ? GOOD : CLIENT_LEFT;
    if (end === "cut short") return failed("truncated");
    if (this.looking === "at JSON" && !this.isWholeJson()) return failed(this.size === 0 ? "empty" : "bad_json");
    if (this.looking === "at a stream") {
      if (this.badJson) return failed("bad_json");
      if (!this.ended && this.family !== "other") return failed("unfinished");
    }
    return this.isEmpty() ? failed("empty") : GOOD;
  }

  // ─── what stands in a stream ───────────────────────────────────────────────────────────────────────────────────────

  onJson(json: OutcomeJson): void {
    if (json.error) this.error = true;
    if (json.content && !this.content) {
      this.content = true;
      this.firstTokenAt = this.now;
    }
    if (json.promptTokens >= 0) this.promptTokens = json.promptTokens;
    if (json.completionTokens >= 0) this.completionTokens = json.completionTokens;
    if (json.name !== NAME_NONE) this.onName(json.name);
    if (this.family === "ollama") this.ended ||= json.done;
    else if (this.family === "gemini") this.ended ||= json.finished;
    else if (this.family === "tgi") this.ended ||= json.generated;
  }

  onName(name: number): void {
    if (name === NAME_ERROR) this.error = true;
    else if (name === NAME_MESSAGE_STOP) this.ended ||= this.family === "anthropic";
    else if (name === NAME_RESPONSE_COMPLETED) this.ended ||= this.family === "responses";
  }

  onDone(): void {
    this.ended ||= this.family === "openai";
  }

  onBadJson(): void {
    this.badJson = true;
  }

  onPlainData(): void {
    if (this.firstTokenAt < 0) this.firstTokenAt = this.now;
    this.content = true;
  }

  // ─── JSON in one piece ─────────────────────────────────────────────────────────────────────────────────────────────

  private takeJson(bytes: Uint8Array, start: number, end: number): void {
    if (this.size < FOLLOWED) this.json.take(bytes, start, Math.min(end, start + FOLLOWED - this.size), false);
    if (this.json.content && this.firstTokenAt < 0) this.firstTokenAt = this.now;
    if (this.size + end - start <= FOLLOWED) return;
    const { tail } = this;
    if (this.size <= FOLLOWED) tail.fill(0);
    const came = Math.min(end - start, TAIL);
    tail.copyWithin(0, came);
    for (let i = 0; i < came; i++) tail[TAIL - came + i] = bytes[end - came + i] ?? 0;
  }

  private noteJson(): void {
    const { json } = this;
    this.error = json.error;
    this.content = json.content;
    this.promptTokens = json.promptTokens;
    this.completionTokens = json.completionTokens;
    if (this.size <= FOLLOWED) return;
    const usage = usageInTail(this.tail);
    if (this.promptTokens < 0) this.promptTokens = usage.prompt;
    if (this.completionTokens < 0) this.completionTokens = usage.completion;
  }

  private isWholeJson(): boolean {
    if (this.size <= FOLLOWED) return this.json.whole;
    return !this.json.bad && (this.json.whole || endsAsJson(this.tail));
  }

  /** An answer that is several tokens long has something in it, if only thoughts that are not shown. */
  private isEmpty(): boolean {
    if (this.family === "other" || !this.lookedInto || this.size > FOLLOWED) return false;
    return !this.content && this.completionTokens <= 1;
  }
}

function failed(reason: AnswerFailure): AnswerVerdict {
  return { kind: "failed", reason };
}

function lookingAt(contentType: string | undefined): Looking {
  if (contentType === "application/json") return "at JSON"; // nearly always
  const media = mediaType(contentType);
  if (media === "text/event-stream" || LINES.has(media)) return "at a stream";
  return media === "application/json" || media.endsWith("+json") ? "at JSON" : "at nothing";
}

function isLines(contentType: string | undefined): boolean {
  return LINES.has(mediaType(contentType));
}

function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return "";
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
