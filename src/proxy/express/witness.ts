import type { Decision } from "../../routing/decision.ts";
import type { Failure, Outcome } from "../../routing/outcome.ts";
import type { Trace } from "../../tracing/trace.ts";
import { BodyCopy } from "../body-copy.ts";
import type { Labels } from "../door.ts";
import { together, type Wanted } from "../onlooker.ts";
import type { Decided } from "../reception.ts";
import type { RequestFacts } from "../request-facts.ts";
import { linesOf } from "../upgrade/headers.ts";
import { fieldName } from "../wire/fields.ts";
import { CHUNKED, UNTIL_CLOSE } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { LaneContext } from "./lane-context.ts";
import type { Pool } from "./pool.ts";
import type { RequestId } from "./request-ids.ts";
import type { Tools } from "./tools.ts";

/** Of a request that was refused before it was decided, less is known. */
type Ended = Pick<Outcome, "status" | "duration"> & Partial<Outcome>;

/** Tells whoever looks on at one exchange: the access log, the trace, and those who want to see bodies. */
export class Witness {
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  private readonly tools: Tools;
  private readonly requestId: RequestId;
  private readonly startedAt: number;
  /** The head does not last until the end. */
  private readonly path: string;
  /** Follows the request from system to system; undefined: nobody asked for that, or it is not decided yet. */
  private trace: Trace | undefined;
  /** What an onlooker wants to see; undefined: nothing. */
  private wanted: Wanted | undefined;
  private isShadowed = false;

  /** To be made once the head is there. */
  constructor(lane: LaneContext, client: ClientConnection, tools: Tools, requestId: RequestId, startedAt: number) {
    this.lane = lane;
    this.client = client;
    this.tools = tools;
    this.requestId = requestId;
    this.startedAt = startedAt;
    this.path = tools.head.path();
  }

  /** Somebody will see which model the answer says it is of. */
  get namesModel(): boolean {
    return this.trace?.recorded === true;
  }

  /** Somebody will see what the answer means. */
  get readsAnswer(): boolean {
    return this.namesModel || this.isShadowed;
  }

  /** @param wire what of the body has come, as it came; undefined: it is held, out of its chunks. */
  onDecided({ decision, labels, shadow }: Decided, facts: RequestFacts, wire: Buffer | undefined): void {
    const { lane, client: sender, tools } = this;
    const { head, request, answer } = tools;
    this.trace = this.beginTrace();
    const requestId = lane.requestIds.textOf(this.requestId);
    const begun = { decision, labels, facts, head, sender, requestId };
    const wanted = together(shadow && lane.shadows?.look(begun, shadow), lane.door.onlooker?.(begun));
    this.isShadowed = shadow !== undefined;
    this.wanted = wanted;
    if (wanted === undefined) return;
    const { requestLimit, answerLimit, keepsPart } = wanted;
    if (answerLimit > 0) answer.copy = new BodyCopy(answerLimit, keepsPart, lane.copyBudget);
    if (requestLimit <= 0) return;
    const copy = new BodyCopy(requestLimit, keepsPart, lane.copyBudget);
    const length = wire === undefined && head.bodyLength === CHUNKED ? UNTIL_CLOSE : head.bodyLength;
    copy.begin(length, head.fields.get("content-type"), head.fields.get("content-encoding"));
    const come = wire ?? request.peek();
    copy.take(come, 0, come.length);
    request.copy = copy;
  }

  /** An endpoint is going to be asked. */
  onAsk(decision: Decision, facts: RequestFacts | undefined, { endpoint }: Pool): void {
    const { trace, tools, lane } = this;
    if (trace === undefined) return;
    const known = trace.recorded ? facts?.modelToTell(() => tools.request.peek()) : undefined;
    trace.ask(decision, endpoint, decision.version.model ?? known, lane.now());
  }

  /** The lines that the endpoint is told besides the client's own; those of the trace take the place of the client's. */
  linesFor(idLine: Buffer): Buffer {
    if (this.trace === undefined) return idLine;
    const { fields }: RequestHead = this.tools.head;
    fields.drop(TRACEPARENT);
    fields.drop(TRACESTATE);
    return Buffer.concat([idLine, Buffer.from(linesOf(this.trace.headers()), "latin1")]);
  }

  /** That endpoint is not waited for any longer. `status`: of its answer; 0: there was none. */
  onGivenUp(failure: Failure | undefined, status: number): void {
    this.trace?.giveUp(failure, status, this.lane.now());
  }

  /** All of the request has come, and has been passed on. */
  onWhole(): void {
    const { copy } = this.tools.request;
    if (copy !== undefined) this.wanted?.onRequest?.(copy);
  }

  onOutcome(decision: Decision, labels: Labels, outcome: Outcome): void {
    if (this.wanted !== undefined) this.showEnd(this.wanted, decision, labels, outcome);
    this.onEnd(decision, labels, outcome);
  }

  /** It has ended, whether it was decided or not. */
  onEnd(decision: Decision | undefined, labels: Labels | undefined, outcome: Ended): void {
    const { lane, tools, path } = this;
    const { head, answer } = tools;
    const requestId = lane.requestIds.textOf(this.requestId);
    const trace = this.trace ?? this.beginTrace();
    trace?.end({ requestId, decision, labels, outcome, model: answer.meaning.model });
    lane.door.access?.({ requestId, method: head.method, path, decision, labels, outcome });
  }

  private showEnd(wanted: Wanted, decision: Decision, labels: Labels, outcome: Outcome): void {
    const { request, answer } = this.tools;
    const copies = { request: request.copy, answer: answer.copy };
    this.wanted = undefined;
    request.copy = undefined;
    answer.copy = undefined;
    wanted.onEnd({ decision, labels, outcome, ...copies, answer: answer.status === 0 ? undefined : copies.answer });
    copies.request?.release();
    copies.answer?.release();
  }

  private beginTrace(): Trace | undefined {
    const { lane, client, tools, path, startedAt } = this;
    const { secure, trusted } = client;
    const header = (name: string) => tools.head.fields.get(name);
    return lane.door.tracing?.({ method: tools.head.method, path, startedAt, secure, trusted, header });
  }
}

/** Whether anybody looks on. */
export function isWatched({ door }: LaneContext): boolean {
  return door.access !== undefined || door.tracing !== undefined || door.onlooker !== undefined;
}

const TRACEPARENT = fieldName("traceparent");
const TRACESTATE = fieldName("tracestate");
