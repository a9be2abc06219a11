import { replaceModel } from "../../inference/model-in-body.ts";
import { toBytes } from "../../routing/bytes.ts";
import type { Decision } from "../../routing/decision.ts";
import type { Failure } from "../../routing/outcome.ts";
import type { Version } from "../../routing/rules.ts";
import type { Labels, RulesInForce } from "../door.ts";
import { failureAnswer } from "../failure-answers.ts";
import { type Decided, NO_RULES, type Reception, receive } from "../reception.ts";
import { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import { fieldName } from "../wire/fields.ts";
import { AnswerRelay, type AnswerTerms } from "./answer-relay.ts";
import { isBehind, onceFlushed } from "./back-pressure.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { LaneContext } from "./lane-context.ts";
import type { Pool } from "./pool.ts";
import { RequestRelay } from "./request-relay.ts";
import { RequestView } from "./request-view.ts";
import type { UpstreamConnection, UpstreamUser } from "./upstream-connection.ts";
import { writeUpstreamHead } from "./upstream-head.ts";

type Phase =
  | "none"
  | "gathering" // the rules ask for something that may stand in the body, and it has not come yet
  | "looking up" // somebody is being asked who the customer is
  | "connecting" // a connection is being made, or waited for
  | "sending" // the head is out, the answer has not begun
  | "answering"; // the answer's head has been passed on

/**
 * When a server closes a kept-alive connection just as we send on it, we hear of it at once; what breaks later may have
 * broken over our request.
 */
const RACE_MS = 250;
/** RFC 9110 9.2.2: sending them twice does what sending them once does. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const BAD_CHUNK: RouterAnswer = {
  status: 400,
  code: "bad_chunk",
  message: "The body is not in valid chunks; write them as RFC 9112 7.1 says.",
};
const TOO_LARGE: RouterAnswer = {
  status: 413,
  code: "body_too_large",
  message: "The request's body is larger than the route takes; send less, or ask for a higher `maxBody` in its rules.",
};
const BODY_TIMEOUT: RouterAnswer = {
  status: 408,
  code: "body_timeout",
  message: "The request's body stopped coming; send it without pauses.",
};
const CUT: RouterAnswer = {
  status: 503,
  code: "version_cut",
  message: "The model's version was just taken out of service; try again.",
  retryAfter: 1,
};
const OVERLOADED: RouterAnswer = {
  status: 503,
  code: "overloaded",
  message: "All connections to this model are busy; try again.",
  retryAfter: 1,
};

/**
 * One request's life: head → facts → decision → upstream → both bodies → outcome. A client connection answers one request
 * at a time, so it has one exchange and uses it again and again.
 */
export class Exchange implements UpstreamUser {
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  private readonly request: RequestRelay;
  private readonly answer: AnswerRelay;
  private phase: Phase = "none";
  private labels: Labels | undefined;
  private decision: Decision | undefined;
  private requestId = "";
  private pool: Pool | undefined;
  private connection: UpstreamConnection | undefined;
  /** The connection had served another request before: it can turn out to be dead already. */
  private reused = false;
  private repeated = false;
  /** Something has come back. */
  private heard = false;
  private rules: RulesInForce | undefined;
  private facts: RequestFacts | undefined;
  private lookups = 0;
  /** The body's beginning was read before the decision. */
  private looked = false;
  /** By how many bytes the body is longer than the client said. */
  private grown = 0;
  /** The client waits for a 100 that only the upstream can give. */
  private expects = false;
  private startedAt = 0;
  private sentAt = 0;
  private firstByteAt = 0;

  constructor(lane: LaneContext, client: ClientConnection) {
    this.lane = lane;
    this.client = client;
    this.request = new RequestRelay(lane.settings.holdLimit, lane.slab);
    this.answer = new AnswerRelay(lane.slab, client.socket);
  }

  /** What was decided for the request in hand. */
  get decided(): Decision | undefined {
    return this.decision;
  }

  /**
   * A whole head lies in `bytes[start..]`, and behind it perhaps the body's beginning.
   * @returns where this request's bytes end.
   */
  begin(bytes: Buffer, start: number, end: number): number {
    const { lane, client, request } = this;
    const { head } = client;
    this.startedAt = lane.now();
    this.sentAt = 0;
    this.firstByteAt = 0;
    this.reused = false;
    this.heard = false;
    this.repeated = false;
    this.lookups = 0;
    this.grown = 0;
    this.expects = head.expectContinue;
    request.begin(head);
    this.answer.begin(head);
    this.requestId = lane.requestIds.idOf(head);

    const rules = lane.door.currentRules();
    if (rules === undefined) return this.refuse(bytes, end, NO_RULES);
    const facts = new RequestFacts(new RequestView(head), rules.table.customers, lane.identities, client.trusted);
    const reception = receive(lane.door, rules, facts);
    if (reception.kind === "refused") return this.refuse(bytes, end, reception.answer);
    if (head.upgradeTo === "websocket" && reception.kind === "decided") {
      lane.upgrades.take(client.handOver(bytes.subarray(start, end)), reception, this.startedAt);
      return end;
    }
    // A body that is looked into must come out of its chunks first.
    if (reception.kind === "lacking") request.begin(head, true);
    this.rules = rules;
    this.facts = facts;
    const bodyEnd = request.take(bytes, head.end, end, undefined);
    const fault = this.bodyFault();
    if (fault !== undefined) this.answerInstead(fault);
    else this.proceed(reception);
    return bodyEnd;
  }

  // ─── the decision ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Goes on with what was found: decided at last, or something has to be found out first. */
  private proceed(found: Reception): void {
    const { request, rules, facts, lane } = this;
    if (rules === undefined || facts === undefined) return;
    let reception = found;
    while (reception.kind === "lacking") {
      const { lack } = reception;
      if (lack.kind === "lookup") {
        this.awaitLookup(lack.done);
        return;
      }
      if (!request.done && request.heldBytes < lane.settings.bodyPeekLimit) {
        this.gather();
        return;
      }
      facts.readBody(request.peek(), request.done);
      reception = receive(lane.door, rules, facts);
    }
    if (reception.kind === "refused") {
      this.phase = "none";
      this.client.answer(reception.answer, this.ourLines(), request.done);
    } else this.accept(reception, facts);
  }

  private gather(): void {
    const { client, request, lane } = this;
    const { head } = client;
    this.phase = "gathering";
    if (head.expectContinue && this.expects) {
      // Nobody else can say it: who would answer is what the body decides.
      this.expects = false;
      head.fields.drop(EXPECT);
      if (request.heldBytes === 0) client.socket.write(CONTINUE);
    }
    client.resumeReading();
    client.setClock(lane.settings.bodyTimeout);
  }

  private awaitLookup(done: Promise<void>): void {
    this.phase = "looking up";
    const { requestId } = this;
    this.lookups++;
    this.client.setClock(this.lane.settings.lookupTimeout);
    void done.then(() => {
      if (this.phase === "looking up" && this.requestId === requestId) this.lookAgain(this.lookups < MAX_LOOKUPS);
    });
  }

  private lookAgain(patient: boolean): void {
    const { rules, facts, lane } = this;
    if (rules === undefined || facts === undefined) return;
    facts.lookAgain(patient);
    this.proceed(receive(lane.door, rules, facts));
  }

  private accept(decided: Decided, facts: RequestFacts): void {
    const { lane, client } = this;
    const { decision, labels } = decided;
    if (client.head.upgradeTo === "websocket") {
      this.phase = "none";
      const { fields, lineStart, end } = client.head;
      lane.upgrades.take(client.handOver(fields.bytes.subarray(lineStart, end)), decided, this.startedAt);
      return;
    }
    this.decision = decision;
    this.labels = labels;
    lane.door.onDecision(decision);
    const fault = this.bodyFault();
    if (fault !== undefined) {
      this.answerInstead(fault);
      return;
    }
    this.looked = facts.bodyRead;
    this.facts = undefined;
    this.nameModel(decision.version);
    this.forward(lane.pools.choose(decision.version));
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
    if (this.phase === "gathering") {
      if (request.done || request.heldBytes >= this.lane.settings.bodyPeekLimit) this.proceed(BODY_LACKS);
      else this.client.setClock(this.lane.settings.bodyTimeout);
      return stop;
    }
    if (!request.done) this.holdBack(connection);
    if (this.phase === "sending" || this.phase === "answering") this.setClock();
    return stop;
  }

  /** Puts the name under which the version serves its model in the place of the one that the body says. */
  private nameModel({ model }: Version): void {
    const { client, request } = this;
    this.grown = 0;
    if (model === undefined || !this.looked) return;
    const changed = replaceModel(client.head.fields.get("content-type"), request.peek(), toBytes(model));
    if (changed !== undefined)
      this.grown = request.replace(Buffer.from(changed.buffer, changed.byteOffset, changed.length));
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
      onceFlushed(connection.socket, () => this.onUpstreamFlushed());
    }
  }

  private onUpstreamFlushed(): void {
    if (!this.request.done) this.client.resumeReading();
  }

  // ─── to the upstream ───────────────────────────────────────────────────────────────────────────────────────────────

  private forward(pool: Pool): void {
    this.pool = pool;
    pool.inFlight++;
    const idle = pool.takeIdle(this);
    if (idle !== undefined) this.send(idle);
    else this.dial(pool);
  }

  private dial(pool: Pool): void {
    this.phase = "connecting";
    if (pool.dial(this)) this.setClock();
    else this.answerInstead(OVERLOADED);
  }

  onConnected(connection: UpstreamConnection): void {
    this.send(connection);
  }

  private send(connection: UpstreamConnection): void {
    const { lane, client, request, pool, decision } = this;
    if (pool === undefined || decision === undefined) return;
    this.connection = connection;
    this.phase = "sending";
    const delivery = lane.pools.deliveryTo(decision.version);
    const { endpoint } = pool;
    const headEnd = writeUpstreamHead(
      lane.slab,
      client,
      endpoint,
      delivery,
      this.requestId,
      this.grown,
      request.copied,
    );
    request.sendAll(lane.slab, headEnd, connection);
    this.reused = connection.requests > 1;
    const movable = decision.whenCut !== undefined && !request.full;
    if (!this.reused && !movable) request.letGo();
    this.sentAt = lane.now();
    if (!request.done) client.resumeReading();
    this.setClock();
  }

  /** The version in hand has been cut: stable gets the request, unless it is too late for that. */
  abort(): void {
    const { decision, request, answer, pool, lane } = this;
    const instead = decision?.whenCut;
    if (decision === undefined || instead === undefined) return;
    const renamable = instead.version.model === undefined || this.looked;
    if (this.heard || answer.status !== 0 || !request.repeatable || !renamable) {
      this.answerInstead(CUT);
      return;
    }
    this.dropUpstream();
    if (pool !== undefined) pool.inFlight--;
    lane.door.onMoved(decision, instead);
    this.decision = instead;
    request.restore();
    this.nameModel(instead.version);
    this.reused = false;
    this.repeated = false;
    this.forward(lane.pools.choose(instead.version));
  }

  // ─── back to the client ────────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamBytes(bytes: Buffer, start: number, end: number): void {
    if (!this.heard) {
      this.heard = true;
      this.request.letGo();
      this.client.head.fields.clear();
    }
    switch (this.answer.take(bytes, start, end, this)) {
      case "more":
        if (this.answer.status !== 0) this.phase = "answering";
        if (isBehind(this.client.socket)) this.pauseUpstream();
        this.setClock();
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
    }
  }

  answerTerms(): AnswerTerms {
    const { lane, client, request, decision } = this;
    this.firstByteAt = lane.now();
    // An answer to half a request: what still comes of it must not be taken for the next one.
    const keep = request.done && client.mayContinue;
    return { lines: decision === undefined ? NOTHING : lane.decisionLines(decision), requestId: this.requestId, keep };
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

  onUpstreamEnd(error: Error | undefined): void {
    const { answer, pool } = this;
    this.connection = undefined;
    if (pool !== undefined && this.mayRepeat()) {
      this.repeated = true;
      this.dial(pool);
      return;
    }
    if (error === undefined && answer.endsWithConnection) {
      answer.end();
      this.finish(false);
      return;
    }
    this.fail(answer.status === 0 ? "reset" : "truncated");
  }

  /** Whether a request may be sent once more of which nothing was answered on a connection that was kept alive. */
  private mayRepeat(): boolean {
    const { request, client } = this;
    if (!this.reused || this.heard || this.repeated || !request.repeatable) return false;
    return IDEMPOTENT.has(client.head.method) || this.lane.now() - this.sentAt < RACE_MS;
  }

  // ─── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The answer has been passed on whole. `clean`: nothing came behind it. */
  private finish(clean: boolean): void {
    const { answer, client, request, connection, pool } = this;
    // After a final answer to Expect the server may or may not wait for the body still.
    const settled = request.done && (!this.expects || answer.continued);
    if (connection !== undefined && pool !== undefined) {
      this.connection = undefined;
      const keepFor = clean && settled ? answer.keepFor : 0;
      if (keepFor > 0) pool.release(connection, keepFor);
      else connection.destroy();
    }
    this.report(answer.status, answer.status >= 500 ? "http_5xx" : undefined);
    client.exchangeDone(!answer.lastOfConnection && request.done);
  }

  /** The version failed the request. */
  private fail(failure: Failure): void {
    if (this.decision !== undefined) this.answerInstead(failureAnswer(failure, this.decision), failure);
  }

  onConnectFailed(failure: Failure): void {
    this.fail(failure);
  }

  onDeadline(): void {
    const { connection, client } = this;
    if (this.phase === "gathering") this.answerInstead(BODY_TIMEOUT);
    else if (this.phase === "looking up") this.lookAgain(false);
    else if (this.phase === "connecting") {
      // The connection attempt has a clock of its own; this one is for waiting in the queue.
      if (this.pool?.isQueued(this)) this.answerInstead(OVERLOADED);
    } else if (this.phase === "answering") {
      if (isBehind(client.socket)) this.giveUpOnClient();
      else this.fail("idle_timeout");
    } else if (this.upstreamIsToSpeak) this.fail("first_byte_timeout");
    else if (connection !== undefined && isBehind(connection.socket)) this.fail("idle_timeout");
    else this.answerInstead(BODY_TIMEOUT);
  }

  /** The client is gone: nobody needs the answer, so the model server stops working on it at once. */
  onClientGone(): void {
    this.dropUpstream();
    this.report(this.answer.status === 0 ? 499 : this.answer.status, undefined);
  }

  /** The client has stopped taking the answer. */
  private giveUpOnClient(): void {
    this.onClientGone();
    this.client.breakOff();
  }

  /** Answers in the version's stead; where its answer has begun, breaks that off. */
  private answerInstead(answer: RouterAnswer, failure?: Failure): void {
    this.dropUpstream();
    const { client, request } = this;
    const begun = this.answer.status;
    const lines = this.ourLines();
    this.report(begun === 0 ? answer.status : begun, failure);
    if (begun === 0) client.answer(answer, lines, request.done);
    else client.breakOff();
  }

  /** Answers a request that goes nowhere. Its body is thrown away when it is here, and ends the connection when it is not. */
  private refuse(bytes: Buffer, end: number, answer: RouterAnswer): number {
    const { client, request } = this;
    const bodyEnd = request.take(bytes, client.head.end, end, undefined);
    request.letGo();
    client.answer(answer, this.ourLines(), request.done && !client.head.upgrade);
    return bodyEnd;
  }

  /** The header lines that every answer of the router's own carries. */
  private ourLines(): string {
    const { decision, requestId, lane } = this;
    const lines = decision === undefined ? "" : lane.decisionLines(decision).toString("latin1");
    return `${lines}x-request-id: ${requestId}\r\n`;
  }

  private dropUpstream(): void {
    if (this.connection !== undefined) this.connection.destroy();
    else if (this.phase === "connecting") this.pool?.cancel(this);
    this.connection = undefined;
  }

  private report(status: number, failure: Failure | undefined): void {
    const { lane, decision, labels, pool, startedAt } = this;
    this.phase = "none";
    this.facts = undefined;
    this.rules = undefined;
    if (decision === undefined || labels === undefined) return;
    this.decision = undefined;
    if (pool !== undefined) pool.inFlight--;
    this.pool = undefined;
    lane.door.onOutcome(decision, labels, {
      status,
      failure,
      firstByte: this.firstByteAt === 0 ? undefined : this.firstByteAt - startedAt,
      duration: lane.now() - startedAt,
      overhead: this.sentAt === 0 ? 0 : this.sentAt - startedAt,
    });
  }

  /** All has been sent that can be sent before an answer, be it a 100. */
  private get upstreamIsToSpeak(): boolean {
    const { request, answer } = this;
    return request.done || (this.expects && !answer.continued && !request.begun);
  }

  private setClock(): void {
    const { client, connection, lane } = this;
    const { settings } = lane;
    if (this.phase === "connecting") client.setClock(settings.queueTimeout);
    else if (this.phase === "sending" && this.upstreamIsToSpeak) client.setClock(settings.firstByteTimeout);
    else if (this.phase === "sending" && connection !== undefined && !isBehind(connection.socket)) {
      client.setClock(settings.bodyTimeout);
    } else client.setClock(settings.idleTimeout);
  }
}

const NOTHING = Buffer.alloc(0);
const EXPECT = fieldName("expect");
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
const BODY_LACKS: Reception = { kind: "lacking", lack: { kind: "body" } };
/** A question that is still open after so many answers has none. */
const MAX_LOOKUPS = 8;
