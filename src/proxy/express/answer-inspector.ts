import { modelInAnswer } from "../../inference/model-in-answer.ts";
import { type AnswerEnd, AnswerReader, type AnswerVerdict } from "../../inference/outcome.ts";
import type { AnswerFamily } from "../../inference/outcome-api.ts";
import type { Generated } from "../../routing/outcome.ts";
import { ChunkedFollower } from "../wire/chunked.ts";
import { CHUNKED } from "../wire/framing.ts";
import type { ResponseHead } from "../wire/response-head.ts";

/** How much of an answer is looked through for the name of its model. */
const NAME_WITHIN = 2 * 1024;

/** Looks at an answer while it is passed on: only where its bytes lie, so nothing is copied and nobody waits. */
export class AnswerInspector {
  /** The model that it names is wanted. */
  looksForModel = false;
  /** Which that is; undefined: none has been found. */
  model: string | undefined;
  /** Bytes that have been looked through for it. */
  private lookedThrough = 0;
  private readonly reader = new AnswerReader();
  private readonly chunks = new ChunkedFollower(true);
  private chunked = false;

  /** A head is there, and in [start, end) perhaps its body's beginning. */
  begin(family: AnswerFamily, head: ResponseHead, bytes: Buffer, start: number, end: number, now: number): void {
    const { fields, status, bodyLength } = head;
    this.reader.begin(family, status, fields.get("content-type"), fields.get("content-encoding"));
    this.model = undefined;
    this.lookedThrough = 0;
    this.chunked = bodyLength === CHUNKED;
    if (this.chunked) this.chunks.reset();
    this.bytes(bytes, start, bodyLength >= 0 ? Math.min(end, start + bodyLength) : end, now);
  }

  /** It is a stream, and nothing that was generated has come. */
  get awaitsToken(): boolean {
    return this.reader.isStream && this.reader.firstTokenAt < 0;
  }

  get saysError(): boolean {
    return this.reader.saysError;
  }

  /** The body's next bytes, with their framing; `now` in ms. */
  bytes(bytes: Buffer, start: number, end: number, now: number): void {
    const { reader, chunks } = this;
    if (start === end || !reader.lookedInto) return;
    if (this.looksForModel) this.lookForModel(bytes, start, end);
    if (!this.chunked) {
      reader.bytes(bytes, start, end, now);
      return;
    }
    chunks.follow(bytes, start, end);
    const { spans } = chunks;
    for (let i = 0; i < spans.length; i += 2) reader.bytes(bytes, spans[i] ?? 0, spans[i + 1] ?? 0, now);
  }

  /** A name that is cut in two is not found: the servers that are known write it whole. */
  private lookForModel(bytes: Buffer, start: number, end: number): void {
    const stop = Math.min(end, start + NAME_WITHIN - this.lookedThrough);
    this.model = modelInAnswer(bytes.toString("latin1", start, stop));
    this.lookedThrough += stop - start;
    if (this.model !== undefined || this.lookedThrough >= NAME_WITHIN) this.looksForModel = false;
  }

  end(end: AnswerEnd): AnswerVerdict {
    return this.reader.end(end);
  }

  /** What the answer has told, once it has ended; undefined: nothing of it could be read. `since` in ms. */
  generated(since: number): Generated | undefined {
    const { lookedInto, promptTokens, completionTokens, firstTokenAt, isStream } = this.reader;
    if (!lookedInto) return undefined;
    return { promptTokens, completionTokens, firstToken: isStream && firstTokenAt >= 0 ? firstTokenAt - since : -1 };
  }
}
