import { inferenceFamilyOf } from "../../inference/outcome-api.ts";
import type { ExchangeFailure, Failure, Outcome } from "../../routing/outcome.ts";
import type { ShadowDrop } from "../../routing/shadow.ts";
import { BodyCopy } from "../body-copy.ts";
import type { CopyBudget } from "../copy-budget.ts";
import type { Pool } from "../express/pool.ts";
import type { Pools } from "../express/pools.ts";
import { keepFor } from "../express/server-patience.ts";
import type { Slab } from "../express/slab.ts";
import { type Timed, type TimerWheel, UNWATCHED } from "../express/timer-wheel.ts";
import type { UpstreamConnection, UpstreamUser } from "../express/upstream-connection.ts";
import { UNTIL_CLOSE } from "../wire/framing.ts";
import type { Answered } from "./shadow-desk.ts";
import type { TripToolShed, TripTools } from "./trip-tools.ts";
import { type CopiedRequest, writeCopy } from "./write-copy.ts";

/** What trips share. */
export interface TripContext {
  readonly pools: Pools;
  readonly slab: Slab;
  readonly wheel: TimerWheel;
  readonly budget: CopyBudget;
  readonly toolShed: TripToolShed;
  /** Milliseconds that a trip may take. */
  readonly timeout: number;
  /** Milliseconds, monotone. */
  now(): number;
}

/** A server that sends more interim answers than this means harm. */
const MAX_INTERIM = 64;

/** One copy's way to the shadow and back. It is tried once, and nothing of its answer goes anywhere but into the copy. */
export class ShadowTrip implements UpstreamUser, Timed {
  deadline = Infinity;
  tick = UNWATCHED;
  private readonly request: CopiedRequest;
  private readonly body: BodyCopy;
  private readonly context: TripContext;
  private readonly onDone: (end: Answered | ShadowDrop) => void;
  private readonly tools: TripTools;
  private readonly copy: BodyCopy | undefined;
  private readonly startedAt: number;
  private readonly pool: Pool;
  private connection: UpstreamConnection | undefined;
  private inspecting = false;
  private toHead = false;
  private interim = 0;
  private status = 0;
  private sentAt = 0;
  private firstByteAt = 0;
  private heard = false;
  private repeated = false;
  private over = false;

  /**
   * @param answerLimit bytes of the answer that are copied; 0: none.
   * @param onDone is called once, unless it is cancelled; with a reason to drop it where this side had no room for it.
   */
  constructor(
    request: CopiedRequest,
    body: BodyCopy,
    pool: Pool,
    context: TripContext,
    answerLimit: number,
    onDone: (end: Answered | ShadowDrop) => void,
  ) {
    this.request = request;
    this.body = body;
    this.context = context;
    this.onDone = onDone;
    this.copy = answerLimit > 0 ? new BodyCopy(answerLimit, false, context.budget, "shadow") : undefined;
    this.tools = context.toolShed.take();
    this.startedAt = context.now();
    this.pool = pool;
    this.pool.inFlight++;
    context.wheel.watch(this, this.startedAt + context.timeout);
    const idle = this.pool.takeIdle(this);
    if (idle !== undefined) this.onConnected(idle);
    else if (!this.pool.dial(this)) queueMicrotask(() => this.giveUp("queue_full"));
  }

  /** Nobody wants to know any more what comes of it. */
  cancel(): void {
    if (this.over) return;
    this.leave();
    this.copy?.release();
    this.context.toolShed.giveBack(this.tools);
  }

  onConnected(connection: UpstreamConnection): void {
    const { slab, pools, toolShed, now } = this.context;
    this.connection = connection;
    const method = writeCopy(this.request, this.body.bytes, this.pool, connection, {
      slab,
      pools,
      reader: toolShed.reader,
    });
    if (method === undefined) {
      this.fail("protocol_error");
      return;
    }
    this.toHead = method === "HEAD";
    this.tools.head.reset(this.toHead);
    this.sentAt = now();
  }

  onConnectFailed(failure: ExchangeFailure): void {
    this.fail(failure);
  }

  onNoRoom(): void {
    this.giveUp("load");
  }

  onUpstreamBytes(bytes: Buffer, start: number, end: number): void {
    this.heard = true;
    if (this.status !== 0) {
      this.takeBody(bytes, start, end);
      return;
    }
    if (this.tools.partial.bytes === undefined) this.takeHead(bytes, start, end);
    else this.takeHead(this.tools.partial.append(bytes, start, end), this.tools.partial.start, this.tools.partial.end);
  }

  onUpstreamEnd(error: Error | undefined): void {
    const reused = (this.connection?.requests ?? 0) > 1;
    this.connection = undefined;
    // The server has closed a kept-alive connection just as we sent: that is nobody's failure.
    if (reused && !this.heard && !this.repeated) {
      this.repeated = true;
      if (!this.pool.dial(this)) this.giveUp("queue_full");
      return;
    }
    if (error === undefined && this.status !== 0 && this.tools.head.bodyLength === UNTIL_CLOSE) this.finish(false);
    else this.fail(this.status === 0 ? "reset" : "truncated");
  }

  onDeadline(): void {
    this.fail(this.status === 0 ? "first_byte_timeout" : "idle_timeout");
  }

  private takeHead(bytes: Buffer, start: number, end: number): void {
    const { head, partial } = this.tools;
    let at = start;
    for (;;) {
      const progress = head.read(bytes, at, end);
      if (progress === "refused") {
        this.fail("protocol_error");
        return;
      }
      if (progress === "incomplete") {
        if (partial.bytes === bytes) partial.start = at;
        else if (at < end) partial.append(bytes, at, end);
        return;
      }
      at = head.end;
      if (head.status >= 200) break;
      if (head.status === 101 || ++this.interim > MAX_INTERIM) {
        this.fail("protocol_error");
        return;
      }
      head.reset(this.toHead);
    }
    const { fields, bodyLength } = head;
    this.status = head.status;
    this.firstByteAt = this.context.now();
    this.pool.health.worked();
    this.tools.follower.begin(bodyLength);
    this.copy?.begin(bodyLength, fields.get("content-type"), fields.get("content-encoding"));
    const family = inferenceFamilyOf(this.request.path);
    if (family !== undefined && this.status >= 200 && this.status < 300) {
      this.tools.inspector.begin(family, head, bytes, at, at, this.firstByteAt);
      this.inspecting = true;
    }
    this.takeBody(bytes, at, end);
    partial.clear();
  }

  private takeBody(bytes: Buffer, start: number, end: number): void {
    const { follower } = this.tools;
    const stop = follower.follow(bytes, start, end);
    if (this.inspecting) this.tools.inspector.bytes(bytes, start, stop, this.context.now());
    this.copy?.take(bytes, start, stop);
    if (follower.malformed) this.fail("protocol_error");
    else if (follower.done) this.finish(stop === end);
  }

  private finish(clean: boolean): void {
    const { status, connection, pool } = this;
    const { head } = this.tools;
    const patience = clean ? keepFor(head) : 0;
    if (connection !== undefined && patience > 0) {
      this.connection = undefined;
      pool.release(connection, patience);
    }
    const verdict = this.inspecting ? this.tools.inspector.end("complete") : undefined;
    const said: Failure | undefined =
      verdict?.kind === "failed" && verdict.reason !== "truncated" ? verdict.reason : undefined;
    this.end(status >= 500 ? "http_5xx" : said);
  }

  /** That it is not sent is no fault of the endpoint. */
  private giveUp(why: ShadowDrop): void {
    if (!this.over) this.onDone(why);
  }

  private fail(failure: ExchangeFailure): void {
    if (this.over) return;
    this.pool.health.failed(failure, this.context.now());
    this.end(failure);
  }

  private end(failure: Failure | undefined): void {
    if (this.over) return;
    this.leave();
    const { startedAt, status, firstByteAt, copy } = this;
    const outcome: Outcome = {
      status: status === 0 ? 502 : status,
      failure,
      firstByte: firstByteAt === 0 ? undefined : firstByteAt - startedAt,
      duration: this.context.now() - startedAt,
      overhead: this.sentAt === 0 ? 0 : this.sentAt - startedAt,
      generated: this.inspecting ? this.tools.inspector.generated(startedAt) : undefined,
    };
    this.onDone({ outcome, body: status === 0 ? undefined : copy });
    copy?.release();
    this.context.toolShed.giveBack(this.tools);
  }

  private leave(): void {
    const { connection, pool } = this;
    this.over = true;
    this.context.wheel.forget(this);
    pool.inFlight--;
    if (connection !== undefined) connection.destroy();
    else pool.cancel(this);
    this.connection = undefined;
  }
}
