import { type AnswerFamily, inferenceFamilyOf } from "../../inference/outcome-api.ts";
import { AUTO_CUT } from "../../routing/auto-cut.ts";
import type { Decision } from "../../routing/decision.ts";
import type { ExchangeFailure, Failure } from "../../routing/outcome.ts";
import { NO_ROOM } from "../no-room.ts";
import type { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import type { AnswerTerms } from "./answer-relay.ts";
import { isBehind, onceFlushed } from "./back-pressure.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { LaneContext } from "./lane-context.ts";
import { READ_SIZE } from "./memory.ts";
import { nameModel } from "./name-model.ts";
import { BODY_TIMEOUT, OVERLOADED } from "./own-answers.ts";
import { awaited, type Patient, type Phase, patienceOf } from "./patience.ts";
import type { Pool } from "./pool.ts";
import type { RequestId } from "./request-ids.ts";
import { isRepeatable } from "./second-try.ts";
import type { Tools } from "./tools.ts";
import type { UpstreamConnection, UpstreamUser } from "./upstream-connection.ts";
import { writeUpstreamHead } from "./upstream-head.ts";
import type { Witness } from "./witness.ts";

/** For whom a version is asked. */
export interface Asker {
  readonly requestId: RequestId;
  readonly witness: Witness | undefined;
  /** The version was cut after the decision for it. */
  readonly cutMeanwhile: boolean;
  /** Takes back the request of a version that was cut. */
  abort(): void;
  /** The head of a final answer is there; undefined: the client shall not see it. `saysError`: it says that it is none. */
  onAnswer(status: number, saysError: boolean): AnswerTerms | undefined;
  /** The client shall not see what the version has answered. */
  onDeclined(failure: Failure): void;
  /** The answer has been passed on whole; its end came at `now`. */
  onAnswered(now: number): void;
  /** The version failed the request. */
  onFailed(failure: ExchangeFailure): void;
  /** The client has stopped taking the answer. */
  giveUpOnClient(): void;
  /** Answers in the version's stead. */
  answerInstead(answer: RouterAnswer): void;
}

/** How many endpoints of a version are tried for one request, when none of them can be reached. */
const MOST_ENDPOINTS = 3;

/** A version being asked: endpoint → connection → both bodies. Tells its asker of the end, and of what goes wrong. */
export class Asking implements UpstreamUser, Patient {
  readonly client: ClientConnection;
  readonly tools: Tools;
  phase: Phase = "connecting";
  /** Who is asked, and why. */
  decision: Decision;
  connection: UpstreamConnection | undefined;
  /** It had been sent once already, and lost. */
  repeated = false;
  /** When the request was sent; 0: it was not. All times are in ms of the lane's clock. */
  sentAt = 0;
  /** When the answer that is passed on began; 0: none has. */
  firstByteAt = 0;
  private readonly lane: LaneContext;
  private readonly asker: Asker;
  private readonly facts: RequestFacts;
  private pool: Pool | undefined;
  /** The connection had served another request before: it can turn out to be dead already. */
  private reused = false;
  /** The endpoints of the version that could not be reached; undefined: none yet. */
  private unreached: Pool[] | undefined;
  /** Something has come back. */
  private heard = false;
  /** By how many bytes the body is longer than the client said. */
  private grown = 0;
  /** When the upstream's last bytes or its end came. Asking for the time costs, so it is asked once for all they set off. */
  private heardAt = 0;

  constructor(
    lane: LaneContext,
    client: ClientConnection,
    tools: Tools,
    asker: Asker,
    facts: RequestFacts,
    decision: Decision,
  ) {
    this.lane = lane;
    this.client = client;
    this.tools = tools;
    this.asker = asker;
    this.facts = facts;
    this.decision = decision;
  }

  // ─── to an endpoint ────────────────────────────────────────────────────────────────────────────────────────────────

  begin(): void {
    const { asker, decision, lane } = this;
    const { meaning } = this.tools.answer;
    this.grown = this.facts.bodyRead ? nameModel(decision.version, this.tools) : 0;
    meaning.family = this.family();
    if (asker.witness?.namesModel === true) meaning.looksForModel = true;
    this.askAt(lane.pools.choose(decision.version));
  }

  /** The version that was asked is given up; asks another from the beginning. */
  beginInstead(decision: Decision): void {
    const { head, request, answer } = this.tools;
    this.decision = decision;
    this.reused = false;
    this.repeated = false;
    this.unreached = undefined;
    this.heard = false;
    // The client has been told to go on; once is enough.
    if (answer.continued) head.dropExpectation();
    answer.begin(head, this.client);
    request.restore();
    this.begin();
  }

  /** As what the answer is looked into; undefined: nobody compares it with another version's. */
  private family(): AnswerFamily | undefined {
    const { decision, asker, tools } = this;
    if (tools.head.method !== "POST") return undefined;
    const { candidates, autoCut = AUTO_CUT } = decision.route;
    const judged = candidates.length > 0 && (autoCut.failures !== undefined || autoCut.inARow !== undefined);
    return judged || asker.witness?.readsAnswer === true ? inferenceFamilyOf(this.facts.path) : undefined;
  }

  private askAt(pool: Pool): void {
    this.pool = pool;
    pool.inFlight++;
    this.asker.witness?.onAsk(this.decision, this.facts, pool);
    const idle = pool.takeIdle(this);
    if (idle !== undefined) this.send(idle);
    else this.dial(pool);
  }

  private dial(pool: Pool): void {
    this.phase = "connecting";
    if (pool.dial(this)) this.setClock();
    else this.asker.answerInstead(OVERLOADED);
  }

  onConnected(connection: UpstreamConnection): void {
    if (this.asker.cutMeanwhile) {
      this.connection = connection;
      this.asker.abort();
    } else this.send(connection);
  }

  /** Nothing of the request has left us: another endpoint of the same version can have it. */
  onConnectFailed(failure: ExchangeFailure): void {
    const { decision, pool, lane, asker } = this;
    if (pool === undefined) return;
    this.unreached ??= [];
    this.unreached.push(pool);
    const tired = this.unreached.length >= MOST_ENDPOINTS;
    const other = tired ? undefined : lane.pools.chooseOther(decision.version, this.unreached);
    if (other === undefined) {
      this.fail(failure);
      return;
    }
    pool.health.failed(failure, lane.now());
    if (asker.cutMeanwhile) {
      asker.abort();
      return;
    }
    pool.inFlight--;
    asker.witness?.onGivenUp(failure, 0);
    this.askAt(other);
  }

  onNoRoom(): void {
    this.asker.answerInstead(NO_ROOM);
  }

  // ─── the request on its way ────────────────────────────────────────────────────────────────────────────────────────

  private send(connection: UpstreamConnection): void {
    const { lane, client, pool, decision, asker } = this;
    const { head, request } = this.tools;
    if (pool === undefined) return;
    this.connection = connection;
    this.phase = "sending";
    const delivery = lane.pools.deliveryTo(decision.version);
    const idLine = lane.requestIds.lineOf(asker.requestId);
    const ours = asker.witness?.linesFor(idLine) ?? idLine;
    const end = writeUpstreamHead(lane.slab, client, head, pool.endpoint, delivery, ours, this.grown, request.copied);
    request.sendAll(lane.slab, end, connection);
    this.reused = connection.requests > 1;
    // Held for a second try: on another connection, or on stable.
    if (decision.track === "candidate") request.holdUpTo(lane.settings.replayLimit);
    else if (!this.reused) request.letGo();
    this.sentAt = lane.now();
    if (!request.done) client.resumeReading();
    this.setClock(this.sentAt);
  }

  /** `size` bytes have come from the client and been passed on, or held where there is no connection yet. */
  onBody(size: number): void {
    const { client } = this;
    const { request } = this.tools;
    if (!request.done) {
      this.holdBack();
      // What may be sent again must not lie where the next read goes.
      if (size === READ_SIZE && !request.repeatable) client.place.widen();
    }
    if (this.phase !== "connecting") this.setClock();
  }

  /** Lets the client wait while what it has sent waits for the upstream. */
  private holdBack(): void {
    const { client, connection } = this;
    const { request } = this.tools;
    if (connection === undefined) {
      if (request.full) client.pauseReading();
    } else if (isBehind(connection.socket)) {
      client.pauseReading();
      onceFlushed(connection.socket, () => {
        if (this.connection === connection && !request.done) client.resumeReading();
      });
    }
  }

  /** Whether a request may be sent once more of which nothing was answered on a connection that was kept alive. */
  private mayRepeat(): boolean {
    const { request, head } = this.tools;
    if (!this.reused || this.heard || this.repeated || !request.repeatable) return false;
    return isRepeatable(head.method, this.lane.now() - this.sentAt);
  }

  // ─── the answer on its way ─────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamBytes(bytes: Buffer, start: number, end: number): void {
    const { client, asker } = this;
    const { answer } = this.tools;
    this.heard = true;
    this.heardAt = this.lane.now();
    switch (answer.take(bytes, start, end, this, this.heardAt)) {
      case "more":
        if (answer.status !== 0) this.phase = "answering";
        if (isBehind(client.socket)) this.onClientBehind();
        if (end - start === READ_SIZE) this.connection?.place.widen();
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
        asker.onDeclined(
          answer.head.status >= 500 ? "http_5xx" : (answer.meaning.failure("cut short") ?? "error_body"),
        );
        return;
    }
  }

  answerTerms(status: number, saysError: boolean): AnswerTerms | undefined {
    this.pool?.health.worked();
    const terms = this.asker.onAnswer(status, saysError);
    if (terms !== undefined) this.firstByteAt = this.heardAt;
    return terms;
  }

  /** Lets the upstream wait while what it has sent waits for the client. */
  onClientBehind(): void {
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
    const { pool, asker } = this;
    const { answer } = this.tools;
    this.connection = undefined;
    if (pool !== undefined && this.mayRepeat()) {
      this.repeated = true;
      asker.witness?.onGivenUp("reset", 0);
      asker.witness?.onAsk(this.decision, this.facts, pool);
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
    const { connection, pool, heardAt, asker } = this;
    const { head, request, answer } = this.tools;
    // After a final answer to Expect the server may or may not wait for the body still.
    const settled = request.done && (!head.expectContinue || answer.continued);
    if (connection !== undefined && pool !== undefined) {
      this.connection = undefined;
      connection.place.narrow();
      const keepFor = clean && settled && !connection.posted ? answer.keepFor : 0;
      if (keepFor > 0) pool.release(connection, keepFor, heardAt);
      else connection.destroy();
    }
    this.leave();
    asker.onAnswered(heardAt);
  }

  private fail(failure: ExchangeFailure): void {
    this.pool?.health.failed(failure, this.lane.now());
    this.asker.onFailed(failure);
  }

  /** Nothing more is wanted of the version: it stops working on the request at once. */
  drop(): void {
    if (this.connection !== undefined) this.connection.destroy();
    else if (this.phase === "connecting") this.pool?.cancel(this);
    this.connection = undefined;
    this.leave();
  }

  private leave(): void {
    if (this.pool !== undefined) this.pool.inFlight--;
    this.pool = undefined;
  }

  // ─── the clocks ────────────────────────────────────────────────────────────────────────────────────────────────────

  onDeadline(): void {
    const { asker, lane } = this;
    switch (awaited(this, lane.settings, lane.now())) {
      case "connection":
        if (this.pool?.isQueued(this)) asker.answerInstead(OVERLOADED);
        return;
      case "first byte":
        this.fail("first_byte_timeout");
        return;
      case "first token":
        this.fail("first_token_timeout");
        return;
      case "more of the answer":
      case "version takes the request":
        this.fail("idle_timeout");
        return;
      case "client takes the answer":
        asker.giveUpOnClient();
        return;
      case "more of the request":
        asker.answerInstead(BODY_TIMEOUT);
        return;
    }
  }

  private setClock(now = this.lane.now()): void {
    this.client.setClock(patienceOf(this, this.lane.settings, now), now);
  }
}
