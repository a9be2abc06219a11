import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { breakOff } from "../break-off.ts";
import { type RouterAnswer, renderAnswer } from "../router-answer.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { isBehind, onceFlushed } from "./back-pressure.ts";
import { Exchange } from "./exchange.ts";
import { Gather } from "./gather.ts";
import type { LaneContext } from "./lane-context.ts";
import { READ_BUFFER, ReadingPlace, readingInto } from "./read-buffer.ts";
import type { Sender } from "./slab.ts";
import { type Timed, UNWATCHED } from "./timer-wheel.ts";
import type { Tools } from "./tools.ts";

const SLOW_HEAD: RouterAnswer = {
  status: 408,
  code: "request_timeout",
  message: "The request's head did not come in time; send it at once.",
};
const MALFORMED: RouterAnswer = { status: 400, code: "bad_request", message: "This is not an HTTP/1.1 request." };
/** How much a client may send ahead of its turn before we stop reading. */
const MAX_AHEAD = 64 * 1024;
/**
 * After an answer that ends the connection we still read, so that a reset does not eat the answer: up to so many ms between
 * bytes, and so many in all. Many clients send all of a request before they read.
 */
const LINGER_PAUSE = 2_000;
const LINGER_TOTAL = 30_000;
/** How often more is read from a client that has to wait, to see whether its end lies behind it. Each may cost a block. */
const MAX_PEEKS = 2;

type Phase =
  | "head" // between requests, or inside a head
  | "exchange" // a request is being answered
  | "lingering" // the last answer is out; what still comes is thrown away
  | "handed over" // the upgrade lane has the socket
  | "closed";

/** One client's connection: cuts its bytes into requests and answers them one at a time, in order. */
export class ClientConnection implements Timed, Sender {
  deadline = Infinity;
  tick = UNWATCHED;
  readonly socket: Socket;
  readonly place = new ReadingPlace();
  /** Whether the peer may say who is asking and where the request came from. */
  readonly trusted: boolean;
  readonly address: string;
  readonly secure: boolean;
  /** Requests begun on this connection. */
  requests = 0;
  private readonly lane: LaneContext;
  /** Only while there is something to work on. */
  private tools: Tools | undefined;
  /** The request being answered. */
  private exchange: Exchange | undefined;
  private phase: Phase = "head";
  /** Bytes that have come and belong to no request yet: part of a head, or sent ahead. */
  private readonly ahead = new Gather();
  /** Part of a head has come. */
  private headBegun = false;
  /** When lingering ends at the latest; 0: it has not begun, or the client has not taken the answer yet. */
  private lingerEnd = 0;
  private reading = true;
  /** How often more was read since it had to wait. */
  private peeks = 0;

  constructor(lane: LaneContext, accepted: Socket) {
    this.lane = lane;
    const socket = readingInto(this.place, accepted, (bytes, length) => this.onBytes(bytes, length));
    this.socket = socket;
    const peer = lane.trustedPeers.peerOf(socket);
    this.trusted = peer.trusted;
    this.address = peer.address;
    this.secure = socket instanceof TLSSocket;
    socket.on("end", () => this.onGone());
    // The close that follows says it all; without a listener the error would end the process.
    socket.on("error", () => {});
    socket.on("close", () => this.onGone());
    this.setClock(lane.settings.keepAliveTimeout);
    socket.resume();
  }

  /** Whether another request may follow the one with this head. */
  mayContinue(head: RequestHead): boolean {
    return head.keepAlive && !this.lane.draining && this.requests < this.lane.settings.maxRequestsPerConnection;
  }

  /** The request being answered, for whoever wants to end it. */
  get current(): Exchange | undefined {
    return this.exchange;
  }

  /** The clock runs out in `ms` milliseconds unless it is set again. */
  setClock(ms: number, now = this.lane.now()): void {
    this.lane.wheel.watch(this, now + ms);
  }

  stopClock(): void {
    this.deadline = Infinity;
  }

  pauseReading(): void {
    if (!this.reading) return;
    this.reading = false;
    this.socket.pause();
    this.lane.waiting.add(this);
  }

  resumeReading(): void {
    this.peeks = 0;
    if (this.phase !== "closed") this.read();
  }

  private read(): void {
    if (this.reading) return;
    this.reading = true;
    this.lane.waiting.delete(this);
    this.socket.resume();
  }

  /**
   * Looks whether a client that has to wait is still there: of a socket that is not read from nothing is heard. A reset shows
   * when nothing is written to it, and an end when little lies before it.
   */
  probe(): void {
    if (this.phase !== "exchange") return;
    if (!isBehind(this.socket)) this.socket.write(NOTHING);
    const free = this.ahead.length === 0 && this.place.buffer === READ_BUFFER;
    if (free && this.peeks++ < MAX_PEEKS) this.read();
  }

  onDeadline(): void {
    switch (this.phase) {
      case "head":
        // Between requests nobody waits for an answer; inside a head somebody does, unless he does not take the last one.
        if (this.ahead.length === 0 || isBehind(this.socket)) this.destroy();
        else this.refuse(SLOW_HEAD);
        return;
      case "exchange":
        this.exchange?.onDeadline();
        return;
      case "lingering":
        this.destroy();
        return;
    }
  }

  /** The router's own answer to a request that is not forwarded, or not any more. `keep`: the connection can go on. */
  answer(answer: RouterAnswer, lines: string, head: RequestHead, keep: boolean): void {
    // Old clients are not told that the connection goes on, so it does not.
    const goesOn = keep && this.mayContinue(head) && head.minor === 1;
    this.write(renderAnswer(answer, lines, goesOn, head.method !== "HEAD"));
    this.exchangeDone(goesOn);
  }

  /** Writes behind all that is on its way to the client. */
  write(bytes: Buffer): void {
    this.lane.slab.pass(bytes, this.socket);
  }

  onPosted(): void {
    if (!isBehind(this.socket)) return;
    if (this.phase === "exchange") this.exchange?.onClientBehind();
    else if (this.phase === "head") this.awaitDelivery();
  }

  /** The answer has been written whole. */
  exchangeDone(keep: boolean, now = this.lane.now()): void {
    if (this.phase === "closed") return;
    this.putAway();
    if (!keep) {
      this.linger();
      return;
    }
    this.phase = "head";
    if (isBehind(this.socket)) this.awaitDelivery();
    else this.awaitRequest(now);
  }

  /** The next request waits until the client has taken the answer to the last one. */
  private awaitDelivery(): void {
    this.pauseReading();
    this.setClock(this.lane.settings.idleTimeout);
    onceFlushed(this.socket, () => this.awaitRequest());
  }

  /** Ends the connection so that the client cannot take what it got for whole. */
  breakOff(): void {
    this.lane.slab.flush();
    this.phase = "closed";
    breakOff(this.socket);
    this.forget();
  }

  destroy(): void {
    this.phase = "closed";
    this.socket.destroy();
    this.forget();
  }

  /** Ends the connection when it is idle. */
  retire(): void {
    if (this.phase === "head" && this.ahead.length === 0) this.destroy();
  }

  /** Whatever it is doing, it is over. */
  cutShort(): void {
    if (this.phase !== "exchange") {
      this.destroy();
      return;
    }
    this.exchange?.onClientGone();
    this.breakOff();
  }

  /** Gives the socket away, with all that was read and not forwarded put back. */
  handOver(unread: Buffer): Socket {
    this.lane.slab.flush();
    this.phase = "handed over";
    this.socket.pause();
    this.socket.removeAllListeners("data");
    this.socket.removeAllListeners("end");
    this.socket.removeAllListeners("close");
    this.forget();
    // The memory it lies in is the next request's.
    this.socket.unshift(Buffer.from(unread));
    return this.socket;
  }

  private onBytes(bytes: Buffer, end: number): boolean {
    switch (this.phase) {
      case "exchange": {
        const at = this.exchange?.onRequestBytes(bytes, 0, end) ?? end;
        if (at < end) this.keepAhead(bytes, at, end);
        return true;
      }
      case "head":
        this.readHead(bytes, 0, end);
        return true;
      case "lingering":
        if (this.lingerEnd > 0) this.setClock(Math.min(LINGER_PAUSE, this.lingerEnd - this.lane.now()));
        return true;
      case "handed over":
        // The new owner reads this socket like any other.
        return this.socket.push(Buffer.from(bytes.subarray(0, end)));
      case "closed":
        return false;
    }
  }

  private awaitRequest(now = this.lane.now()): void {
    if (this.phase !== "head") return;
    this.setClock(this.lane.settings.keepAliveTimeout, now);
    if (this.ahead.length <= MAX_AHEAD) this.resumeReading();
    if (this.ahead.length > 0) queueMicrotask(() => this.readAhead());
  }

  private readAhead(): void {
    const { ahead } = this;
    if (this.phase !== "head" || ahead.bytes === undefined || ahead.length === 0) return;
    this.parseHead(ahead.bytes, ahead.start, ahead.end);
  }

  private readHead(chunk: Buffer, start: number, end: number): void {
    if (this.ahead.length === 0) {
      this.parseHead(chunk, start, end);
      return;
    }
    const whole = this.ahead.append(chunk, start, end);
    this.parseHead(whole, this.ahead.start, this.ahead.end);
  }

  private parseHead(bytes: Buffer, start: number, end: number): void {
    this.tools ??= this.lane.toolShed.take();
    const { head } = this.tools;
    switch (head.read(bytes, start, end)) {
      case "incomplete":
        if (bytes !== this.ahead.bytes) this.ahead.append(bytes, start, end);
        // One clock for the whole head: trickled bytes do not set it back.
        if (!this.headBegun) this.setClock(this.lane.settings.headTimeout);
        this.headBegun = true;
        return;
      case "refused":
        this.refuse(head.refusal ?? MALFORMED);
        return;
      case "complete":
        this.beginExchange(this.tools, bytes, start, end);
        return;
    }
  }

  private beginExchange(tools: Tools, bytes: Buffer, start: number, end: number): void {
    // The exchange uses the head for as long as it lasts, and the buffer is read into again before that.
    let [own, from, to] = [bytes, start, end];
    if (bytes === READ_BUFFER) {
      own = tools.keep(bytes, start, end);
      from = 0;
      to = end - start;
      tools.head.read(own, from, to);
    }
    this.ahead.clear();
    this.headBegun = false;
    this.requests++;
    this.phase = "exchange";
    const exchange = new Exchange(this.lane, this, tools);
    this.exchange = exchange;
    const at = exchange.begin(own, from, to);
    if (at < to) this.keepAhead(own, at, to);
  }

  /** What came is no request: nothing on this connection can be believed any more. */
  private refuse(answer: RouterAnswer): void {
    this.write(renderAnswer(answer, ""));
    this.linger();
  }

  /** Keeps bytes that were sent ahead of their turn. */
  private keepAhead(bytes: Buffer, start: number, end: number): void {
    const { phase } = this;
    if (phase === "head") {
      // The answer came at once: these bytes are the next request's.
      this.ahead.append(bytes, start, end);
      if (!isBehind(this.socket)) queueMicrotask(() => this.readAhead());
    } else if (phase === "exchange") {
      this.ahead.append(bytes, start, end);
      if (this.ahead.length > MAX_AHEAD) this.pauseReading();
      else this.resumeReading();
    }
  }

  private linger(): void {
    this.phase = "lingering";
    this.putAway();
    this.ahead.clear();
    this.resumeReading();
    this.setClock(this.lane.settings.idleTimeout);
    this.lane.slab.flush();
    this.socket.end(() => {
      if (this.phase !== "lingering") return;
      this.lingerEnd = this.lane.now() + LINGER_TOTAL;
      this.setClock(LINGER_PAUSE);
    });
  }

  /** The client has ended its side or the connection broke: either way nobody waits for an answer any more. */
  private onGone(): void {
    if (this.phase === "closed") return;
    this.lane.slab.flush();
    const phase = this.phase;
    this.phase = "closed";
    if (phase === "exchange") this.exchange?.onClientGone();
    this.socket.destroy();
    this.forget();
  }

  /** Nothing is in hand any more: an idle connection keeps next to no memory. */
  private putAway(): void {
    this.place.narrow();
    this.exchange = undefined;
    if (this.tools !== undefined) this.lane.toolShed.giveBack(this.tools);
    this.tools = undefined;
  }

  private forget(): void {
    this.putAway();
    this.lane.wheel.forget(this);
    this.lane.waiting.delete(this);
    this.lane.forget(this);
    this.ahead.clear();
  }
}

const NOTHING = Buffer.alloc(0);
