import { type CutSlice, cutKey } from "../../routing/cuts.ts";
import type { Decision } from "../../routing/decision.ts";
import type { ExchangeFailure, Failure } from "../../routing/outcome.ts";
import type { Labels } from "../door.ts";
import { failureAnswer } from "../failure-answers.ts";
import { type Decided, isOfSlice, NO_RULES, receive } from "../reception.ts";
import { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { AnswerRelay, AnswerTerms } from "./answer-relay.ts";
import { type Asker, Asking } from "./asking.ts";
import type { ClientConnection } from "./client-connection.ts";
import { Deciding, type Undecided } from "./deciding.ts";
import type { LaneContext } from "./lane-context.ts";
import { BAD_CHUNK, CUT, TOO_LARGE } from "./own-answers.ts";
import type { RequestId } from "./request-ids.ts";
import type { RequestRelay } from "./request-relay.ts";
import { mayFallBack } from "./second-try.ts";
import type { Tools } from "./tools.ts";
import { isWatched, Witness } from "./witness.ts";

/**
 * One request's life: head → facts → decision → a version is asked (`Asking`: both bodies on their ways) → outcome. Here is what
 * concerns the client and who answers it; a version that fails, or is cut, may leave the request to stable.
 */
export class Exchange implements Undecided, Asker {
  readonly requestId: RequestId;
  /** undefined: nobody looks on. */
  witness: Witness | undefined;
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  private readonly tools: Tools;
  private readonly head: RequestHead;
  private readonly request: RequestRelay;
  private readonly answer: AnswerRelay;
  private readonly startedAt: number;
  /** Only while the head alone does not tell who gets the request. */
  private deciding: Deciding | undefined;
  private facts: RequestFacts | undefined;
  private labels: Labels | undefined;
  /** From the decision to the end. */
  private asking: Asking | undefined;
  /** Why a candidate's answer was given up and stable asked instead. */
  private fellBack: Failure | undefined;

  constructor(lane: LaneContext, client: ClientConnection, tools: Tools) {
    this.lane = lane;
    this.client = client;
    this.tools = tools;
    this.head = tools.head;
    this.request = tools.request;
    this.answer = tools.answer;
    this.requestId = lane.requestIds.idOf(tools.head);
    this.startedAt = lane.now();
    if (isWatched(lane)) this.witness = new Witness(lane, client, tools, this.requestId, this.startedAt);
  }

  /** What was decided for the request. */
  get decided(): Decision | undefined {
    return this.asking?.decision;
  }

  // ─── the decision ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A whole head lies in `bytes[start..]`, and behind it perhaps the body's beginning.
   * @returns where this request's bytes end.
   */
  begin(bytes: Buffer, start: number, end: number): number {
    const { lane, client, tools, head, request } = this;
    request.begin(head);
    this.answer.begin(head, client);
    const rules = lane.door.currentRules();
    if (rules === undefined) return this.refuse(bytes, end, NO_RULES);
    tools.view.begin();
    const facts = new RequestFacts(tools.view, rules.table.customers, lane.identities, client.trusted);
    if (lane.feedback !== undefined && facts.path === lane.feedback.path) {
      lane.feedback.take(client.handOver(bytes.subarray(start, end)), client.trusted);
      return end;
    }
    const reception = receive(lane.door, rules, facts);
    if (reception.kind === "refused") return this.refuse(bytes, end, reception.answer);
    if (head.upgradeTo === "websocket" && reception.kind === "decided") {
      lane.upgrades.take(client.handOver(bytes.subarray(start, end)), reception, this.startedAt);
      return end;
    }
    // A body that is looked into must come out of its chunks first.
    if (reception.kind === "lacking") request.begin(head, true);
    this.facts = facts;
    const bodyEnd = request.take(bytes, head.end, end, undefined);
    const fault = this.bodyFault();
    if (fault !== undefined) this.answerInstead(fault);
    else if (reception.kind === "decided") {
      const isSeen = this.witness !== undefined || reception.shadow !== undefined;
      this.onDecided(reception, isSeen ? bytes.subarray(head.end, bodyEnd) : undefined);
    } else {
      this.deciding = new Deciding(lane, client, tools, rules, facts, this);
      this.deciding.proceed(reception);
    }
    return bodyEnd;
  }

  /** @param wire what of the body has come, as it came; undefined: it is held, out of its chunks. */
  onDecided(decided: Decided, wire?: Buffer): void {
    const { lane, client, tools, head, facts } = this;
    const { decision, labels } = decided;
    this.deciding = undefined;
    if (facts === undefined) return;
    if (head.upgradeTo === "websocket") {
      const unread = head.fields.bytes.subarray(head.lineStart, head.end);
      lane.upgrades.take(client.handOver(unread), decided, this.startedAt);
      return;
    }
    const asking = new Asking(lane, client, tools, this, facts, decision);
    this.asking = asking;
    this.labels = labels;
    lane.door.onDecision(decision);
    if (decided.shadow !== undefined) this.witness ??= new Witness(lane, client, tools, this.requestId, this.startedAt);
    this.witness?.onDecided(decided, facts, wire);
    const fault = this.bodyFault();
    if (fault !== undefined) this.answerInstead(fault);
    else {
      asking.begin();
      if (this.request.done && this.asking !== undefined) this.witness?.onWhole();
    }
  }

  onRefused(answer: RouterAnswer): void {
    this.answerInstead(answer);
  }

  // ─── the client's bytes ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * More bytes from the client.
   * @returns where this request's bytes end.
   */
  onRequestBytes(bytes: Buffer, start: number, end: number): number {
    const { request, asking, deciding } = this;
    if (request.done) return start;
    const stop = request.take(bytes, start, end, asking?.connection);
    const fault = this.bodyFault();
    if (fault !== undefined) {
      this.answerInstead(fault);
      return end;
    }
    if (deciding !== undefined) {
      deciding.onBody();
      return stop;
    }
    if (request.done) {
      this.client.place.narrow();
      if (asking !== undefined) this.witness?.onWhole();
    }
    asking?.onBody(end - start);
    return stop;
  }

  /** Why the body cannot be taken, as far as it has come. */
  private bodyFault(): RouterAnswer | undefined {
    if (this.request.malformed) return BAD_CHUNK;
    return this.request.announced > (this.decided?.route.maxBody ?? Infinity) ? TOO_LARGE : undefined;
  }

  /** What was passed on waits for the client. */
  onClientBehind(): void {
    this.asking?.onClientBehind();
  }

  onDeadline(): void {
    if (this.deciding !== undefined) this.deciding.onDeadline();
    else this.asking?.onDeadline();
  }

  /** The client is gone: nobody needs the answer, so the model server stops working on it at once. */
  onClientGone(): void {
    const { answer } = this;
    this.drop();
    const verdict = answer.meaning.verdict("client left");
    const failure = verdict?.kind === "failed" ? verdict.reason : undefined;
    // Many hang up on what ends a stream.
    this.report(answer.status === 0 ? 499 : answer.status, failure, failure === undefined && verdict?.kind !== "good");
  }

  giveUpOnClient(): void {
    this.onClientGone();
    this.client.breakOff();
  }

  // ─── the version's answer ──────────────────────────────────────────────────────────────────────────────────────────

  onAnswer(status: number, saysError: boolean): AnswerTerms | undefined {
    const { client, head, request } = this;
    if ((status >= 500 || saysError) && this.fallback("http_5xx") !== undefined) return undefined;
    request.letGo();
    head.fields.clear();
    // An answer to half a request: what still comes of it must not be taken for the next one.
    const keep = request.done && client.mayContinue(head);
    return { lines: this.decisionLines(), idLine: this.lane.requestIds.lineOf(this.requestId), keep };
  }

  onAnswered(now: number): void {
    const { answer, client, request } = this;
    this.report(answer.status, answer.status >= 500 ? "http_5xx" : answer.meaning.failure("complete"), false, now);
    client.exchangeDone(!answer.lastOfConnection && request.done, now);
  }

  onFailed(failure: ExchangeFailure): void {
    const instead = this.fallback(failure);
    if (instead !== undefined) this.moveTo(instead, failure);
    else if (this.decided !== undefined) {
      this.answerInstead(failureAnswer(failure, this.decided), this.answer.meaning.failure("cut short") ?? failure);
    }
  }

  onDeclined(failure: Failure): void {
    const instead = this.fallback("http_5xx");
    if (instead !== undefined) this.moveTo(instead, failure);
  }

  // ─── stable instead ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The version in hand has been cut: stable gets the request, unless it is too late for that. */
  abort(): void {
    const instead = this.decided?.whenCut;
    if (instead === undefined) return;
    if (this.mayMove(instead)) this.moveTo(instead, undefined);
    else this.answerInstead(CUT);
  }

  /** Whether a cut slice has this request in it, or may have while nothing has come back: stable is never wrong. */
  isOf(slice: CutSlice): boolean {
    const { decided, labels, facts, answer } = this;
    if (decided === undefined || labels === undefined) return false;
    const known = answer.status === 0 ? facts?.modalityIfKnown() : labels.modality;
    return isOfSlice(slice, decided, { modality: known ?? slice.modality ?? "" });
  }

  get cutMeanwhile(): boolean {
    const { decided, lane } = this;
    if (decided?.whenCut === undefined) return false;
    const cuts = lane.door.currentRules()?.cuts;
    if (cuts === undefined || cuts.size === 0) return false;
    const slices = cuts.get(cutKey(decided.route.name, decided.version.version));
    return slices?.some((slice) => this.isOf(slice)) ?? false;
  }

  /** The request is still here to be sent again, under the name that the other version knows. */
  private mayMove({ version }: Decision): boolean {
    const renamable = version.model === undefined || this.facts?.bodyRead === true;
    return this.answer.status === 0 && this.request.repeatable && renamable;
  }

  /** Who is asked instead of a candidate that has failed, so that the client need not see it; undefined: nobody. */
  private fallback(failure: Failure): Decision | undefined {
    const { asking, head } = this;
    const instead = asking?.decision.whenFailed;
    if (asking === undefined || instead === undefined || !this.mayMove(instead)) return undefined;
    const { fallback } = asking.decision.route;
    return mayFallBack(fallback, head.method, head.path(), failure, asking.repeated) ? instead : undefined;
  }

  private moveTo(instead: Decision, failure: Failure | undefined): void {
    const { lane, asking, labels, answer } = this;
    if (asking === undefined || labels === undefined) return;
    asking.drop();
    this.witness?.onGivenUp(failure, answer.head.status);
    lane.door.onMoved(asking.decision, instead, failure, labels);
    this.fellBack = failure;
    asking.beginInstead(instead);
  }

  // ─── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Answers in the version's stead; where its answer has begun, breaks that off. */
  answerInstead(answer: RouterAnswer, failure?: Failure): void {
    this.drop();
    const { client, head, request } = this;
    const begun = this.answer.status;
    const lines = this.ourLines();
    this.report(begun === 0 ? answer.status : begun, failure);
    if (begun === 0) client.answer(answer, lines, head, request.done && !head.upgrade);
    else client.breakOff();
  }

  /** Answers a request that goes nowhere. Its body is thrown away when it is here, and ends the connection when it is not. */
  private refuse(bytes: Buffer, end: number, answer: RouterAnswer): number {
    const { head, request } = this;
    const bodyEnd = request.take(bytes, head.end, end, undefined);
    request.letGo();
    this.answerInstead(answer);
    return bodyEnd;
  }

  /** Who answers, and why: the header lines of every answer. */
  private decisionLines(): Buffer {
    const { decided, fellBack, lane } = this;
    if (decided === undefined) return NOTHING;
    const lines = lane.decisionLines(decided);
    return fellBack === undefined ? lines : Buffer.concat([lines, Buffer.from(`x-canary-fallback: ${fellBack}\r\n`)]);
  }

  /** The header lines that every answer of the router's own carries. */
  private ourLines(): string {
    return `${this.decisionLines().toString("latin1")}x-request-id: ${this.lane.requestIds.textOf(this.requestId)}\r\n`;
  }

  private drop(): void {
    this.deciding?.abandon();
    this.deciding = undefined;
    this.asking?.drop();
  }

  private report(status: number, failure: Failure | undefined, left = false, now = this.lane.now()): void {
    const { lane, asking, labels, startedAt, witness } = this;
    this.asking = undefined;
    const duration = now - startedAt;
    if (asking === undefined || labels === undefined) {
      witness?.onEnd(undefined, labels, { status, duration });
      return;
    }
    const { decision, sentAt, firstByteAt } = asking;
    const outcome = {
      status,
      failure,
      left,
      firstByte: firstByteAt === 0 ? undefined : firstByteAt - startedAt,
      duration,
      overhead: sentAt === 0 ? 0 : sentAt - startedAt,
      generated: this.answer.meaning.generated(startedAt),
    };
    lane.door.onOutcome(decision, labels, outcome, this.requestId);
    witness?.onOutcome(decision, labels, outcome);
  }
}

const NOTHING = Buffer.alloc(0);
