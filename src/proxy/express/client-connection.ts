import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { breakOff } from "../break-off.ts";
import { type RouterAnswer, renderAnswer } from "../router-answer.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { isBehind, onceFlushed } from "./back-pressure.ts";
import type { Exchange } from "./exchange.ts";
import { IncomingRequests } from "./incoming-requests.ts";
import type { LaneContext } from "./lane-context.ts";
import { READ_BUFFER } from "./memory.ts";
import { SLOW_HEAD } from "./own-answers.ts";
import { ReadingPlace, readingInto } from "./read-buffer.ts";
import type { Sender } from "./slab.ts";
import { type Timed, UNWATCHED } from "./timer-wheel.ts";

/**
 * After an answer that ends the connection we still read, so that a reset does not eat the answer: up to so many ms between
 * bytes, and so many in all. Many clients send all of a request before they read.
 */
const LINGER_PAUSE = 2_000;
const LINGER_TOTAL = 30_000;
/** How often more is read from a client that has to wait, to see whether its end lies behind it. Each may cost a block. */
const MAX_PEEKS = 2;

type Phase =
  | "open" // requests come, and are answered
  | "lingering" // the last answer is out; what still comes is thrown away
  | "handed over" // the upgrade lane has the socket
  | "closed";

/** One client's connection, from its first request to its end. */
export class ClientConnection implements Timed, Sender {
  deadline = Infinity;
  tick = UNWATCHED;
  readonly socket: Socket;
  readonly place = new ReadingPlace();
  /** Whether the peer may say who is asking and where the request came from. */
  readonly trusted: boolean;
  readonly address: string;
  readonly secure: boolean;
  private readonly lane: LaneContext;
  private readonly requests: IncomingRequests;
  private phase: Phase = "open";
  /** When lingering ends at the latest; 0: it has not begun, or the client has not taken the answer yet. */
  private lingerEnd = 0;
  private reading = true;
  /** How often more was read since it had to wait. */
  private peeks = 0;

  constructor(lane: LaneContext, accepted: Socket) {
    this.lane = lane;
    this.requests = new IncomingRequests(lane, this);
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
    return head.keepAlive && !this.lane.draining && this.requests.count < this.lane.settings.maxRequestsPerConnection;
  }

  /** The request being answered, for whoever wants to end it. */
  get current(): Exchange | undefined {
    return this.requests.exchange;
  }

  /** Requests that come are answered. */
  get open(): boolean {
    return this.phase === "open";
  }

  /** The clock runs out in `ms` milliseconds unless it is set again. */
  setClock(ms: number, now = this.lane.now()): void {
    this.lane.wheel.watch(this, now + ms);
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
    if (this.current === undefined) return;
    if (!isBehind(this.socket)) this.socket.write(NOTHING);
    const free = this.requests.nothingAhead && this.place.buffer === READ_BUFFER;
    if (free && this.peeks++ < MAX_PEEKS) this.read();
  }

  onDeadline(): void {
    if (this.current !== undefined) this.current.onDeadline();
    else if (this.phase === "lingering") this.destroy();
    else if (this.phase === "open") {
      // Between requests nobody waits for an answer; inside a head somebody does, unless he does not take the last one.
      if (this.requests.nothingAhead || isBehind(this.socket)) this.destroy();
      else this.refuse(SLOW_HEAD);
    }
  }

  /** The router's own answer to a request that is not forwarded, or not any more. `keep`: the connection can go on. */
  answer(answer: RouterAnswer, lines: string, head: RequestHead, keep: boolean): void {
    // Old clients are not told that the connection goes on, so it does not.
    const goesOn = keep && this.mayContinue(head) && head.minor === 1;
    this.write(renderAnswer(answer, lines, goesOn, head.method !== "HEAD"));
    this.exchangeDone(goesOn);
  }

  /** What came is no request: nothing on this connection can be believed any more. */
  refuse(answer: RouterAnswer): void {
    this.write(renderAnswer(answer, ""));
    this.linger();
  }

  /** Writes behind all that is on its way to the client. */
  write(bytes: Buffer): void {
    this.lane.slab.pass(bytes, this.socket);
  }

  onPosted(): void {
    if (!isBehind(this.socket)) return;
    if (this.current !== undefined) this.current.onClientBehind();
    else if (this.open) this.awaitDelivery();
  }

  /** The answer has been written whole. */
  exchangeDone(keep: boolean, now = this.lane.now()): void {
    if (this.phase === "closed") return;
    this.place.narrow();
    this.requests.putAway();
    if (!keep) {
      this.linger();
      return;
    }
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
    if (this.open && this.current === undefined && this.requests.nothingAhead) this.destroy();
  }

  /** Whatever it is doing, it is over. */
  cutShort(): void {
    if (this.current === undefined) {
      this.destroy();
      return;
    }
    this.current.onClientGone();
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
      case "open":
        this.requests.take(bytes, end);
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
    if (!this.open || this.current !== undefined) return;
    this.setClock(this.lane.settings.keepAliveTimeout, now);
    this.requests.goOn();
  }

  private linger(): void {
    this.phase = "lingering";
    this.place.narrow();
    this.requests.discard();
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
    this.phase = "closed";
    this.current?.onClientGone();
    this.socket.destroy();
    this.forget();
  }

  private forget(): void {
    this.place.narrow();
    this.requests.discard();
    this.lane.wheel.forget(this);
    this.lane.waiting.delete(this);
    this.lane.forget(this);
  }
}

const NOTHING = Buffer.alloc(0);
