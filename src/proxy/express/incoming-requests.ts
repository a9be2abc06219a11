import { isBehind } from "./back-pressure.ts";
import type { ClientConnection } from "./client-connection.ts";
import { Exchange } from "./exchange.ts";
import { Gather } from "./gather.ts";
import type { LaneContext } from "./lane-context.ts";
import { isFleeting } from "./memory.ts";
import { MALFORMED } from "./own-answers.ts";
import type { Tools } from "./tools.ts";

/** How much a client may send ahead of its turn before we stop reading. */
const MAX_AHEAD = 64 * 1024;

/** Cuts what one client sends into requests, of which one is in hand at a time. */
export class IncomingRequests {
  /** The request being answered; undefined: between requests, or inside a head. */
  exchange: Exchange | undefined;
  /** How many have been begun. */
  count = 0;
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  /** Only while there is something to work on. */
  private tools: Tools | undefined;
  /** Bytes that have come and belong to no request yet: part of a head, or sent ahead. */
  private readonly ahead = new Gather();
  /** Part of a head has come. */
  private headBegun = false;

  constructor(lane: LaneContext, client: ClientConnection) {
    this.lane = lane;
    this.client = client;
  }

  /** Nothing has come that belongs to no request yet. */
  get nothingAhead(): boolean {
    return this.ahead.length === 0;
  }

  /** More has come. */
  take(bytes: Buffer, end: number): void {
    if (this.exchange === undefined) {
      this.readHead(bytes, 0, end);
      return;
    }
    const at = this.exchange.onRequestBytes(bytes, 0, end);
    if (at < end) this.keepAhead(bytes, at, end);
  }

  /** The last answer is out and taken: the next request's turn has come. */
  goOn(): void {
    const { length } = this.ahead;
    if (length <= MAX_AHEAD) this.client.resumeReading();
    if (length > 0) queueMicrotask(() => this.readAhead());
  }

  /** Nothing is in hand any more: an idle connection keeps next to no memory. */
  putAway(): void {
    this.exchange = undefined;
    if (this.tools !== undefined) this.lane.toolShed.giveBack(this.tools);
    this.tools = undefined;
  }

  /** No further request is answered. */
  discard(): void {
    this.putAway();
    this.ahead.clear();
  }

  private readAhead(): void {
    const { ahead, exchange, client } = this;
    if (!client.open || exchange !== undefined || ahead.bytes === undefined || ahead.length === 0) return;
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
        if (!this.headBegun) this.client.setClock(this.lane.settings.headTimeout);
        this.headBegun = true;
        return;
      case "refused":
        this.client.refuse(head.refusal ?? MALFORMED);
        return;
      case "complete":
        this.begin(this.tools, bytes, start, end);
        return;
    }
  }

  private begin(tools: Tools, bytes: Buffer, start: number, end: number): void {
    // The exchange uses the head for as long as it lasts, and the buffer is read into again before that.
    let [own, from, to] = [bytes, start, end];
    if (isFleeting(bytes, start)) {
      tools.keep(start, end);
      own = tools.kept;
      from = tools.keptAt;
      to = from + end - start;
      tools.head.read(own, from, to);
    }
    this.ahead.clear();
    this.headBegun = false;
    this.count++;
    const exchange = new Exchange(this.lane, this.client, tools);
    this.exchange = exchange;
    const at = exchange.begin(own, from, to);
    if (at < to) this.keepAhead(own, at, to);
  }

  /** Keeps bytes that were sent ahead of their turn. */
  private keepAhead(bytes: Buffer, start: number, end: number): void {
    const { ahead, client } = this;
    if (!client.open) return;
    ahead.append(bytes, start, end);
    if (this.exchange === undefined) {
      // The answer came at once: these bytes are the next request's.
      if (!isBehind(client.socket)) queueMicrotask(() => this.readAhead());
    } else if (ahead.length > MAX_AHEAD) client.pauseReading();
    else client.resumeReading();
  }
}
