import { replaceModel } from "../../inference/model-in-body.ts";
import type { AnswerEnd } from "../../inference/outcome.ts";
import { type AnswerFamily, inferenceFamilyOf } from "../../inference/outcome-api.ts";
import { AUTO_CUT } from "../../routing/auto-cut.ts";
import { toBytes } from "../../routing/bytes.ts";
import { type CutSlice, cutKey } from "../../routing/cuts.ts";
import type { Decision } from "../../routing/decision.ts";
import type { ExchangeFailure, Failure } from "../../routing/outcome.ts";
import type { Version } from "../../routing/rules.ts";
import type { Labels } from "../door.ts";
import { failureAnswer } from "../failure-answers.ts";
import { NO_ROOM } from "../no-room.ts";
import { type Decided, isOfSlice, NO_RULES, receive } from "../reception.ts";
import { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import { fieldName } from "../wire/fields.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { AnswerRelay, AnswerTerms } from "./answer-relay.ts";
import { isBehind, onceFlushed } from "./back-pressure.ts";
import type { ClientConnection } from "./client-connection.ts";
import { Deciding, type Undecided } from "./deciding.ts";
import type { LaneContext } from "./lane-context.ts";
import { BAD_CHUNK, BODY_TIMEOUT, CUT, OVERLOADED, TOO_LARGE } from "./own-answers.ts";
import type { Pool } from "./pool.ts";
import { READ_BUFFER } from "./read-buffer.ts";
import type { RequestId } from "./request-ids.ts";
import type { RequestRelay } from "./request-relay.ts";
import { RequestView } from "./request-view.ts";
import { isRepeatable, mayFallBack } from "./second-try.ts";
import type { Tools } from "./tools.ts";
import type { UpstreamConnection, UpstreamUser } from "./upstream-connection.ts";
import { writeUpstreamHead } from "./upstream-head.ts";
import { isWatched, Witness } from "./witness.ts";

type Phase =
  | "deciding" // the head alone does not tell
  | "connecting" // a connection is being made, or waited for
  | "sending" // the head is out, the answer has not begun
  | "answering" // the answer's head has been passed on
  | "over";

/** One request's life: head → facts → decision → upstream → both bodies → outcome. */
export class Exchange implements UpstreamUser, Undecided {
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  private readonly tools: Tools;
  private readonly head: RequestHead;
  private readonly request: RequestRelay;
  private readonly answer: AnswerRelay;
  private readonly requestId: RequestId;
  private readonly startedAt: number;
  /** undefined: nobody looks on. */
  private witness: Witness | undefined;
  private phase: Phase = "deciding";
  /** Only while the head alone does not tell who gets the request. */
  private deciding: Deciding | undefined;
  private facts: RequestFacts | undefined;
  private labels: Labels | undefined;
  private decision: Decision | undefined;
  private pool: Pool | undefined;
  private connection: UpstreamConnection | undefined;
  /** The connection had served another request before: it can turn out to be dead already. */
  private reused = false;
  private repeated = false;
  /** The endpoints of the version that could not be reached; undefined: none yet. */
  private unreached: Pool[] | undefined;
  /** Something has come back. */
  private heard = false;
  /** Why a candidate's answer was given up and stable asked instead. */
  private fellBack: Failure | undefined;
  /** By how many bytes the body is longer than the client said. */
  private grown = 0;
  /** The client waits for a 100 that only the upstream can give. */
  private expects: boolean;
  private sentAt = 0;
  private firstByteAt = 0;
  /** When the upstream's last bytes or its end came. Asking for the time costs, so it is asked once for all they set off. */
  private heardAt = 0;

  constructor(lane: LaneContext, client: ClientConnection, tools: Tools) {
    this.lane = lane;
    this.client = client;
    this.tools = tools;
    this.head = tools.head;
    this.request = tools.request;
    this.answer = tools.answer;
    this.requestId = lane.requestIds.idOf(tools.head);
    this.startedAt = lane.now();
    this.expects = tools.head.expectContinue;
    if (isWatched(lane)) this.witness = new Witness(lane, client, tools, this.requestId, this.startedAt);
  }

  /** What was decided for the request. */
  get decided(): Decision | undefined {
    return this.decision;
  }

  /**
   * A whole head lies in `bytes[start..]`, and behind it perhaps the body's beginning.
   * @returns where this request's bytes end.
   */
  begin(bytes: Buffer, start: number, end: number): number {
    const { lane, client, head, request } = this;
    request.begin(head);
    this.answer.begin(head, client);
    const rules = lane.door.currentRules();
    if (rules === undefined) return this.refuse(bytes, end, NO_RULES);
    const facts = new RequestFacts(new RequestView(head), rules.table.customers, lane.identities, client.trusted);
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
      this.deciding = new Deciding(lane, rules, facts, request, this);
      this.deciding.proceed(reception);
    }
    return bodyEnd;
  }

  /**
   * More bytes from the client.
   * @returns where this request's bytes end.
   */
  onRequestBytes(bytes: Buffer, start: number, end: number): number {
    const { request, connection } = this;
    if (request.done) return start;
    const stop = request.take(bytes, start, end, connection);
    const fault = this.bodyFault();
    if (fault !== undefined) {
      this.answerInstead(fault);
      return end;
    }
    if (this.deciding !== undefined) {
      this.deciding.onBody();
      return stop;
    }
    if (request.done) {
      this.client.place.narrow();
      if (this.phase !== "over") this.witness?.onWhole();
    } else {
      this.holdBack(connection);
      // What may be sent again must not lie where the next read goes.
      if (end - start === READ_BUFFER.length && !request.repeatable) this.client.place.widen();
    }
    if (this.phase === "sending" || this.phase === "answering") this.setClock();
    return stop;
  }

  // ─── the decision ──────────────────────────────────────────────────────────────────────────────────────────────────

  sayContinue(): void {
    if (!this.expects) return;
    // Nobody else can say it: who would answer is what the body decides.
    this.expects = false;
    this.head.fields.drop(EXPECT);
    if (this.request.heldBytes === 0) this.client.write(CONTINUE);
  }

  awaitBody(ms: number): void {
    this.client.resumeReading();
    this.client.setClock(ms);
  }

  awaitAnswer(ms: number): void {
    this.client.setClock(ms);
  }

  onUnwantedBody(): void {
    this.holdBack(undefined);
  }

  onRefused(answer: RouterAnswer): void {
    this.answerInstead(answer);
  }

  /** @param wire what of the body has come, as it came; undefined: it is held, out of its chunks. */
  onDecided(decided: Decided, wire?: Buffer): void {
    const { lane, client, head } = this;
    const { decision, labels } = decided;
    this.deciding = undefined;
    if (head.upgradeTo === "websocket") {
      this.phase = "over";
      const unread = head.fields.bytes.subarray(head.lineStart, head.end);
      lane.upgrades.take(client.handOver(unread), decided, this.startedAt);
      return;
    }
    this.decision = decision;
    this.labels = labels;
    lane.door.onDecision(decision);
    if (decided.shadow !== undefined)
      this.witness ??= new Witness(lane, client, this.tools, this.requestId, this.startedAt);
    if (this.facts !== undefined) this.witness?.onDecided(decided, this.facts, wire);
    const fault = this.bodyFault();
    if (fault !== undefined) this.answerInstead(fault);
    else {
      this.forwardTo(decision.version);
      if (this.request.done && this.phase !== "over") this.witness?.onWhole();
    }
  }

  /** Why the body cannot be taken, as far as it has come. */
  private bodyFault(): RouterAnswer | undefined {
    if (this.request.malformed) return BAD_CHUNK;
    return this.request.announced > (this.decision?.route.maxBody ?? Infinity) ? TOO_LARGE : undefined;
  }

  /** Lets the client wait while what it has sent waits for the upstream. */
  private holdBack(connection: UpstreamConnection | undefined): void {
    if (connection === undefined) {
      if (this.request.full) this.client.pauseReading();
    } else if (isBehind(connection.socket)) {
      this.client.pauseReading();
      onceFlushed(connection.socket, () => {
        if (this.connection === connection && !this.request.done) this.client.resumeReading();
      });
    }
  }

  // ─── to the upstream ───────────────────────────────────────────────────────────────────────────────────────────────

  private forwardTo(version: Version): void {
    this.nameModel(version);
    this.answer.meaning.family = this.family();
    if (this.witness?.namesModel === true) this.answer.meaning.looksForModel = true;
    this.askAt(this.lane.pools.choose(version));
  }

  private askAt(pool: Pool): void {
    this.pool = pool;
    pool.inFlight++;
    if (this.decision !== undefined) this.witness?.onAsk(this.decision, this.facts, pool);
    const idle = pool.takeIdle(this);
    if (idle !== undefined) this.send(idle);
    else this.dial(pool);
  }

  /** As what the answer is looked into; undefined: nobody compares it with another version's. */
  private family(): AnswerFamily | undefined {
    const { decision, head, facts } = this;
    if (decision === undefined || facts === undefined || head.method !== "POST") return undefined;
    const { candidates, autoCut = AUTO_CUT } = decision.route;
    const judged = candidates.length > 0 && (autoCut.failures !== undefined || autoCut.inARow !== undefined);
    return judged || this.witness?.readsAnswer === true ? inferenceFamilyOf(facts.path) : undefined;
  }

  /** Puts the name under which the version serves its model in the place of the one that the body says. */
  private nameModel({ model }: Version): void {
    const { head, request } = this;
    this.grown = 0;
    if (model === undefined || this.facts?.bodyRead !== true) return;
    const changed = replaceModel(head.fields.get("content-type"), request.peek(), toBytes(model));
    if (changed === undefined) return;
    this.grown = request.replace(Buffer.from(changed.buffer, changed.byteOffset, changed.length));
  }

  private dial(pool: Pool): void {
    this.phase = "connecting";
    if (pool.dial(this)) this.setClock();
    else this.answerInstead(OVERLOADED);
  }

  onConnected(connection: UpstreamConnection): void {
    if (this.cutMeanwhile()) {
      this.connection = connection;
      this.abort();
    } else this.send(connection);
  }

  /** The version was cut after the decision for it. */
  private cutMeanwhile(): boolean {
    const { decision, lane } = this;
    if (decision?.whenCut === undefined) return false;
    const cuts = lane.door.currentRules()?.cuts;
    if (cuts === undefined || cuts.size === 0) return false;
    const slices = cuts.get(cutKey(decision.route.name, decision.version.version));
    return slices?.some((slice) => this.isOf(slice)) ?? false;
  }

  /** Whether a cut slice has this request in it, or may have while nothing has come back: stable is never wrong. */
  isOf(slice: CutSlice): boolean {
    const { decision, labels, facts, answer } = this;
    if (decision === undefined || labels === undefined) return false;
    const known = answer.status === 0 ? facts?.modalityIfKnown() : labels.modality;
    return isOfSlice(slice, decision, { modality: known ?? slice.modality ?? "" });
  }

  private send(connection: UpstreamConnection): void {
    const { lane, client, head, request, pool, decision, grown } = this;
    if (pool === undefined || decision === undefined) return;
    this.connection = connection;
    this.phase = "sending";
    const delivery = lane.pools.deliveryTo(decision.version);
    const idLine = lane.requestIds.lineOf(this.requestId);
    const ours = this.witness?.linesFor(idLine) ?? idLine;
    const end = writeUpstreamHead(lane.slab, client, head, pool.endpoint, delivery, ours, grown, request.copied);
    request.sendAll(lane.slab, end, connection);
    this.reused = connection.requests > 1;
    // Held for a second try: on another connection, or on stable.
    if (decision.track === "candidate") request.holdUpTo(lane.settings.replayLimit);
    else if (!this.reused) request.letGo();
    this.sentAt = lane.now();
    if (!request.done) client.resumeReading();
    this.setClock(this.sentAt);
  }

  // ─── a second try ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The version in hand has been cut: stable gets the request, unless it is too late for that. */
  abort(): void {
    const instead = this.decision?.whenCut;
    if (instead === undefined) return;
    if (this.mayMove(instead)) this.moveTo(instead, undefined);
    else this.answerInstead(CUT);
  }

  /** The request is still here to be sent again, under the name that the other version knows. */
  private mayMove({ version }: Decision): boolean {
    const renamable = version.model === undefined || this.facts?.bodyRead === true;
    return this.answer.status === 0 && this.request.repeatable && renamable;
  }

  /** Who is asked instead of a candidate that has failed, so that the client need not see it; undefined: nobody. */
  private fallback(failure: Failure): Decision | undefined {
    const { decision, head } = this;
    const instead = decision?.whenFailed;
    if (decision === undefined || instead === undefined || !this.mayMove(instead)) return undefined;
    const { route } = decision;
    return mayFallBack(route.fallback, head.method, head.path(), failure, this.repeated) ? instead : undefined;
  }

  private moveTo(instead: Decision, failure: Failure | undefined): void {
    const { lane, client, head, decision, labels, pool, request, answer } = this;
    if (decision === undefined || labels === undefined) return;
    this.dropUpstream();
    if (pool !== undefined) pool.inFlight--;
    this.witness?.onGivenUp(failure, answer.head.status);
    lane.door.onMoved(decision, instead, failure, labels);
    this.decision = instead;
    this.fellBack = failure;
    this.reused = false;
    this.repeated = false;
    this.unreached = undefined;
    this.heard = false;
    if (answer.continued) {
      // The client has been told to go on; once is enough.
      this.expects = false;
      head.fields.drop(EXPECT);
    }
    answer.begin(head, client);
    request.restore();
    this.forwardTo(instead.version);
  }

  /** Whether a request may be sent once more of which nothing was answered on a connection that was kept alive. */
  private mayRepeat(): boolean {
    const { request, head } = this;
    if (!this.reused || this.heard || this.repeated || !request.repeatable) return false;
    return isRepeatable(head.method, this.lane.now() - this.sentAt);
  }

  // ─── back to the client ────────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamBytes(bytes: Buffer, start: number, end: number): void {
    const { answer, client } = this;
    this.heard = true;
    this.heardAt = this.lane.now();
    switch (answer.take(bytes, start, end, this, this.heardAt)) {
      case "more":
        if (answer.status !== 0) this.phase = "answering";
        if (isBehind(client.socket)) this.pauseUpstream();
        if (end - start === READ_BUFFER.length) this.connection?.place.widen();
        this.setClock(this.heardAt);
        return;
      case "complete":
        this.finish(true);
        return;
      case "surplus":
        this.finish(false);
        return;
      case "broken":
        this.fail("protocol_error");
        return;
      case "declined":
        this.decline(answer.head.status >= 500 ? "http_5xx" : (this.said("cut short") ?? "error_body"));
        return;
    }
  }

  answerTerms(status: number, saysError: boolean): AnswerTerms | undefined {
    const { client, head, request, pool } = this;
    pool?.health.worked();
    if ((status >= 500 || saysError) && this.fallback("http_5xx") !== undefined) return undefined;
    this.firstByteAt = this.heardAt;
    request.letGo();
    head.fields.clear();
    // An answer to half a request: what still comes of it must not be taken for the next one.
    const keep = request.done && client.mayContinue(head);
    return { lines: this.decisionLines(), idLine: this.lane.requestIds.lineOf(this.requestId), keep };
  }

  /** Who answers, and why: the header lines of every answer. */
  private decisionLines(): Buffer {
    const { decision, fellBack, lane } = this;
    if (decision === undefined) return NOTHING;
    const lines = lane.decisionLines(decision);
    return fellBack === undefined ? lines : Buffer.concat([lines, Buffer.from(`x-canary-fallback: ${fellBack}\r\n`)]);
  }

  /** Lets the upstream wait while what it has sent waits for the client. */
  private pauseUpstream(): void {
    const { client, connection } = this;
    if (connection === undefined) return;
    connection.socket.pause();
    onceFlushed(client.socket, () => {
      // The client had to take all of this answer before it could be at the next one.
      if (this.connection !== connection) return;
      connection.socket.resume();
      this.setClock();
    });
  }

  /** What was passed on waits for the client. */
  onClientBehind(): void {
    this.pauseUpstream();
  }

  onUpstreamEnd(error: Error | undefined): void {
    const { answer, pool } = this;
    this.connection = undefined;
    if (pool !== undefined && this.mayRepeat()) {
      this.repeated = true;
      this.witness?.onGivenUp("reset", 0);
      if (this.decision !== undefined) this.witness?.onAsk(this.decision, this.facts, pool);
      this.dial(pool);
    } else if (error === undefined && answer.endsWithConnection) {
      answer.end();
      this.heardAt = this.lane.now();
      this.finish(false);
    } else this.fail(answer.status === 0 ? "reset" : "truncated");
  }

  // ─── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The answer has been passed on whole. `clean`: nothing came behind it. */
  private finish(clean: boolean): void {
    const { answer, client, request, connection, pool, heardAt } = this;
    // After a final answer to Expect the server may or may not wait for the body still.
    const settled = request.done && (!this.expects || answer.continued);
    if (connection !== undefined && pool !== undefined) {
      this.connection = undefined;
      connection.place.narrow();
      const keepFor = clean && settled && !connection.posted ? answer.keepFor : 0;
      if (keepFor > 0) pool.release(connection, keepFor, heardAt);
      else connection.destroy();
    }
    this.report(answer.status, answer.status >= 500 ? "http_5xx" : this.said("complete"), false, heardAt);
    client.exchangeDone(!answer.lastOfConnection && request.done, heardAt);
  }

  /** The version failed the request. */
  private fail(failure: ExchangeFailure): void {
    this.pool?.health.failed(failure, this.lane.now());
    const instead = this.fallback(failure);
    if (instead !== undefined) this.moveTo(instead, failure);
    else if (this.decision !== undefined) {
      this.answerInstead(failureAnswer(failure, this.decision), this.said("cut short") ?? failure);
    }
  }

  /** Asks stable for what the candidate has answered, and the client shall not see. */
  private decline(failure: Failure): void {
    const instead = this.fallback("http_5xx");
    if (instead !== undefined) this.moveTo(instead, failure);
  }

  /** What the answer says of itself, as a model's: that it failed. */
  private said(end: AnswerEnd): Failure | undefined {
    const verdict = this.answer.meaning.verdict(end);
    return verdict?.kind === "failed" && verdict.reason !== "truncated" ? verdict.reason : undefined;
  }

  /** Nothing of the request has left us: another endpoint of the same version can have it. */
  onConnectFailed(failure: ExchangeFailure): void {
    const { decision, pool, lane } = this;
    if (decision === undefined || pool === undefined) return;
    this.unreached ??= [];
    this.unreached.push(pool);
    const tired = this.unreached.length >= MOST_ENDPOINTS;
    const other = tired ? undefined : lane.pools.chooseOther(decision.version, this.unreached);
    if (other === undefined) {
      this.fail(failure);
      return;
    }
    pool.health.failed(failure, lane.now());
    if (this.cutMeanwhile()) {
      this.abort();
      return;
    }
    pool.inFlight--;
    this.witness?.onGivenUp(failure, 0);
    this.askAt(other);
  }

  onNoRoom(): void {
    this.answerInstead(NO_ROOM);
  }

  onDeadline(): void {
    const { connection, client } = this;
    if (this.deciding !== undefined) this.deciding.onDeadline();
    else if (this.phase === "connecting") {
      // The connection attempt has a clock of its own; this one is for waiting in the queue.
      if (this.pool?.isQueued(this)) this.answerInstead(OVERLOADED);
    } else if (this.phase === "answering") {
      if (isBehind(client.socket)) this.giveUpOnClient();
      else this.fail(this.untilToken(this.lane.now()) <= 0 ? "first_token_timeout" : "idle_timeout");
    } else if (this.upstreamIsToSpeak) this.fail("first_byte_timeout");
    else if (connection !== undefined && isBehind(connection.socket)) this.fail("idle_timeout");
    else this.answerInstead(BODY_TIMEOUT);
  }

  /** The client is gone: nobody needs the answer, so the model server stops working on it at once. */
  onClientGone(): void {
    const { answer } = this;
    this.dropUpstream();
    const verdict = answer.meaning.verdict("client left");
    const failure = verdict?.kind === "failed" ? verdict.reason : undefined;
    // Many hang up on what ends a stream.
    this.report(answer.status === 0 ? 499 : answer.status, failure, failure === undefined && verdict?.kind !== "good");
  }

  /** The client has stopped taking the answer. */
  private giveUpOnClient(): void {
    this.onClientGone();
    this.client.breakOff();
  }

  /** Answers in the version's stead; where its answer has begun, breaks that off. */
  private answerInstead(answer: RouterAnswer, failure?: Failure): void {
    this.dropUpstream();
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

  /** The header lines that every answer of the router's own carries. */
  private ourLines(): string {
    return `${this.decisionLines().toString("latin1")}x-request-id: ${this.lane.requestIds.textOf(this.requestId)}\r\n`;
  }

  private dropUpstream(): void {
    this.deciding?.abandon();
    this.deciding = undefined;
    if (this.connection !== undefined) this.connection.destroy();
    else if (this.phase === "connecting") this.pool?.cancel(this);
    this.connection = undefined;
  }

  private report(status: number, failure: Failure | undefined, left = false, now = this.lane.now()): void {
    const { lane, decision, labels, pool, startedAt } = this;
    this.phase = "over";
    if (decision === undefined || labels === undefined) {
      this.witness?.onEnd(undefined, labels, { status, duration: now - startedAt });
      return;
    }
    this.decision = undefined;
    if (pool !== undefined) pool.inFlight--;
    this.pool = undefined;
    const outcome = {
      status,
      failure,
      left,
      firstByte: this.firstByteAt === 0 ? undefined : this.firstByteAt - startedAt,
      duration: now - startedAt,
      overhead: this.sentAt === 0 ? 0 : this.sentAt - startedAt,
      generated: this.answer.meaning.generated(startedAt),
    };
    lane.door.onOutcome(decision, labels, outcome, this.requestId);
    this.witness?.onOutcome(decision, labels, outcome);
  }

  /** All has been sent that can be sent before an answer, be it a 100. */
  private get upstreamIsToSpeak(): boolean {
    const { request, answer } = this;
    return request.done || (this.expects && !answer.continued && !request.begun);
  }

  private setClock(now = this.lane.now()): void {
    const { client, connection, lane } = this;
    const { settings } = lane;
    if (this.phase === "connecting") client.setClock(settings.queueTimeout, now);
    else if (this.phase === "sending" && this.upstreamIsToSpeak) client.setClock(settings.firstByteTimeout, now);
    else if (this.phase === "sending" && connection !== undefined && !isBehind(connection.socket)) {
      client.setClock(settings.bodyTimeout, now);
    } else client.setClock(Math.min(settings.idleTimeout, Math.max(0, this.untilToken(now))), now);
  }

  /** Milliseconds until a stream must have sent something that was generated; Infinity: it need not, or has. */
  private untilToken(now: number): number {
    const { firstTokenTimeout } = this.lane.settings;
    if (firstTokenTimeout === undefined || !this.answer.meaning.awaitsToken || isBehind(this.client.socket))
      return Infinity;
    return this.sentAt + firstTokenTimeout - now;
  }
}

/** How many endpoints of a version are tried for one request, when none of them can be reached. */
const MOST_ENDPOINTS = 3;
const NOTHING = Buffer.alloc(0);
const EXPECT = fieldName("expect");
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
