import type { AnswerEnd, AnswerVerdict } from "../../inference/outcome.ts";
import type { AnswerFamily } from "../../inference/outcome-api.ts";
import type { Failure, Generated } from "../../routing/outcome.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { AnswerInspector } from "./answer-inspector.ts";

/** What one answer after the other means, where somebody wants to know. Until then nothing is made and nothing looked at. */
export class AnswerMeaning {
  /** As what the answer is looked into; undefined: it is not. */
  family: AnswerFamily | undefined;
  /** The model that the answer names is wanted. */
  looksForModel = false;
  /** Made when it is first needed. */
  private inspector: AnswerInspector | undefined;
  /** It looks into this answer. */
  private inspecting = false;

  /** Another answer is to come, and nobody has asked for its meaning yet. */
  reset(): void {
    this.family = undefined;
    this.looksForModel = false;
    this.inspecting = false;
  }

  /**
   * A head is there, and in [start, end) perhaps its body's beginning; `now` in ms. One whose status says that it is no answer has
   * nothing to look into.
   */
  begin(head: ResponseHead, bytes: Buffer, start: number, end: number, now: number): void {
    const { family } = this;
    if (family === undefined || head.status < 200 || head.status >= 300) return;
    this.inspector ??= new AnswerInspector();
    this.inspector.looksForModel = this.looksForModel;
    this.inspector.begin(family, head, bytes, start, end, now);
    this.inspecting = true;
  }

  /** The body's next bytes, with their framing; `now` in ms. */
  bytes(bytes: Buffer, start: number, end: number, now: number): void {
    if (this.inspecting) this.inspector?.bytes(bytes, start, end, now);
  }

  /** As far as it has come, the answer says that it is none. */
  get saysError(): boolean {
    return this.inspecting && this.inspector?.saysError === true;
  }

  /** The answer is a stream, and nothing that was generated has come. */
  get awaitsToken(): boolean {
    return this.inspecting && this.inspector?.awaitsToken === true;
  }

  /** What the answer means, where it was looked into. */
  verdict(end: AnswerEnd): AnswerVerdict | undefined {
    return this.inspecting ? this.inspector?.end(end) : undefined;
  }

  /** What the answer says of itself, as a model's: that it failed. */
  failure(end: AnswerEnd): Failure | undefined {
    const verdict = this.verdict(end);
    return verdict?.kind === "failed" && verdict.reason !== "truncated" ? verdict.reason : undefined;
  }

  /** What the answer tells besides its verdict; only after that. `since`: when the request came, in ms. */
  generated(since: number): Generated | undefined {
    return this.inspecting ? this.inspector?.generated(since) : undefined;
  }

  /** The model that the answer says it is of, where that was wanted and found. */
  get model(): string | undefined {
    return this.inspecting ? this.inspector?.model : undefined;
  }
}
