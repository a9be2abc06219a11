import type { BodyCopy } from "../body-copy.ts";
import { CHUNKED } from "../wire/framing.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { writeRange } from "../wire/write-head.ts";
import { BodyFollower } from "./body-follower.ts";
import { isFleeting } from "./memory.ts";
import { kept } from "./read-buffer.ts";
import type { Slab } from "./slab.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

/** Up to this size a body is copied behind its head, so that both leave in one write. */
const COPY_LIMIT = 16 * 1024;
const END_OF_LINE = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
/** More pieces than this are made into one: each costs memory of its own, however small it is. */
const MAX_PIECES = 16;

/** Memory for bodies that are held. Shared by all requests of a lane. */
export interface HoldBudget {
  /** Bytes that one request may hold in any case, before it must wait. */
  readonly each: number;
  /** Bytes that are left for all; below zero nothing that has been sent is held any longer. */
  free: number;
}

/** The way of a request's body to the upstream: passed on as it comes, held while it cannot be sent or may be sent again. */
export class RequestRelay {
  /** Gets all that comes from now on; undefined: nobody wants it. */
  copy: BodyCopy | undefined;
  private readonly body = new BodyFollower();
  private readonly slab: Slab;
  private readonly budget: HoldBudget;
  /** Bytes that are held at the most once they have been sent. */
  private limit = 0;
  private held: Buffer[] = [];
  /** The first and only thing that is held, where it lies: mostly it is all of a body, and needs no view of its own. */
  private only: Buffer | undefined;
  private onlyStart = 0;
  private onlyEnd = 0;
  /** Bytes in `held`. */
  private holding = 0;
  /** Everything that has come is still held. */
  private whole = true;
  /** The body was taken out of its chunks, and leaves in chunks of ours. */
  private rechunked = false;
  private length = 0;
  /** What `replace` has put other bytes in the place of. */
  private replaced: Buffer[] | undefined;

  constructor(budget: HoldBudget, slab: Slab) {
    this.budget = budget;
    this.slab = slab;
  }

  /** All of the body has come. */
  get done(): boolean {
    return this.body.done;
  }

  /** Some of the body has come. */
  get begun(): boolean {
    return this.body.size > 0;
  }

  /** The bytes taken last are no chunked body. */
  get malformed(): boolean {
    return this.body.malformed;
  }

  /** Everything can be sent from the beginning again. */
  get repeatable(): boolean {
    return this.whole;
  }

  /** How large the body is at least: what its length or its chunks so far say, bytes. */
  get announced(): number {
    return Math.max(this.length, this.body.size);
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return this.holding;
  }

  /** True: so much waits for the upstream that the client should wait too. */
  get full(): boolean {
    return this.holding > this.budget.each;
  }

  /** Bytes that `sendAll` will copy behind the head. */
  get copied(): number {
    return this.holding <= COPY_LIMIT && !this.rechunked ? this.holding : 0;
  }

  /** @param toLookAt chunks are taken off, so that `peek` finds the data in one piece. */
  begin(head: RequestHead, toLookAt = false): void {
    this.rechunked = toLookAt && head.bodyLength === CHUNKED;
    this.length = head.bodyLength;
    this.body.begin(head.bodyLength, this.rechunked);
    this.drop();
    this.whole = true;
    this.limit = this.budget.each;
  }

  /** How much is held for a second try, bytes, as far as there is memory for all. */
  holdUpTo(limit: number): void {
    this.limit = limit;
    if (this.holding > limit) this.letGo();
  }

  /** Nothing will be sent again. */
  letGo(): void {
    this.whole = false;
    this.drop();
  }

  private drop(): void {
    this.budget.free += this.holding;
    this.holding = 0;
    this.replaced = undefined;
    this.only = undefined;
    if (this.held.length > 0) this.held = [];
  }

  private count(bytes: number): void {
    this.holding += bytes;
    this.budget.free -= bytes;
  }

  /**
   * Takes what belongs to the body from `bytes[start..end)` and sends it, when there is a connection to send it on.
   * @returns where the body's bytes end.
   */
  take(bytes: Buffer, start: number, end: number, to: UpstreamConnection | undefined): number {
    const { body, slab } = this;
    if (body.done) return start;
    const stop = body.follow(bytes, start, end);
    if (this.copy !== undefined) {
      if (this.rechunked) this.copy.takeSpans(bytes, body.spans);
      else this.copy.take(bytes, start, stop);
    }
    if (body.verbatim && to !== undefined && !this.whole && !this.rechunked) {
      // Nobody holds it, so it needs no memory of its own.
      if (!isFleeting(bytes, start) && stop - start >= COPY_LIMIT) slab.pass(bytes.subarray(start, stop), to.socket);
      else {
        slab.reserve(stop - start);
        slab.send(writeRange(slab.block, slab.at, bytes, start, stop), to.socket);
      }
    } else if (body.verbatim) {
      if (to === undefined && this.holding === 0 && !isFleeting(bytes, start)) this.holdOnly(bytes, start, stop);
      else if (stop > start) this.pass(kept(bytes.subarray(start, stop)), to);
    } else {
      // In one piece, however many: what a piece costs does not depend on its size.
      const { spans } = body;
      const pieces: Buffer[] = [];
      for (let i = 0; i < spans.length; i += 2) pieces.push(bytes.subarray(spans[i], spans[i + 1]));
      if (pieces.length > 0) this.pass(Buffer.concat(pieces), to);
    }
    if (this.rechunked && body.done) to?.socket.write(LAST_CHUNK);
    return stop;
  }

  private holdOnly(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.only = bytes;
    this.onlyStart = start;
    this.onlyEnd = end;
    this.count(end - start);
  }

  /** All that is held. */
  private get pieces(): Buffer[] {
    if (this.only !== undefined) this.held.push(this.only.subarray(this.onlyStart, this.onlyEnd));
    this.only = undefined;
    return this.held;
  }

  /** All that is held, in one piece. */
  peek(): Buffer {
    const { pieces } = this;
    const [first] = pieces;
    if (first !== undefined && pieces.length === 1) return first;
    const all = Buffer.concat(pieces);
    this.held = [all];
    return all;
  }

  /** Puts other bytes in the place of all that is held. @returns by how many bytes the body has grown. */
  replace(bytes: Buffer): number {
    const grown = bytes.length - this.holding;
    this.replaced = this.pieces;
    this.held = [bytes];
    this.count(grown);
    return grown;
  }

  /** Takes back what `replace` has done; what has come since stays. */
  restore(): void {
    if (this.replaced === undefined) return;
    this.held.splice(0, 1, ...this.replaced);
    this.replaced = undefined;
    this.count(this.held.reduce((sum, piece) => sum + piece.length, 0) - this.holding);
  }

  /** Sends the head that lies in the slab up to `headEnd`, with room for `copied` bytes behind it, and all that is held. */
  sendAll(slab: Slab, headEnd: number, to: UpstreamConnection): void {
    const { socket } = to;
    if (this.copied === this.holding) {
      const { only } = this;
      let at = only === undefined ? headEnd : writeRange(slab.block, headEnd, only, this.onlyStart, this.onlyEnd);
      for (const piece of this.held) at += piece.copy(slab.block, at);
      if (this.done) {
        to.posted = true;
        slab.post(at, to);
      } else slab.send(at, socket);
      return;
    }
    socket.cork();
    // In memory of its own: the slab must know what has left.
    socket.write(Buffer.from(slab.block.subarray(slab.at, headEnd)));
    for (const piece of this.pieces) this.write(piece, to);
    if (this.rechunked && this.body.done) socket.write(LAST_CHUNK);
    socket.uncork();
  }

  private pass(piece: Buffer, to: UpstreamConnection | undefined): void {
    if (to !== undefined) this.write(piece, to);
    if (to !== undefined && !this.whole) return;
    this.pieces.push(piece);
    this.count(piece.length);
    if (this.held.length > MAX_PIECES) {
      // What `replace` has put there stays a piece of its own, or `restore` would take more away.
      const [first = piece, ...rest] = this.held;
      this.held = this.replaced === undefined ? [Buffer.concat(this.held)] : [first, Buffer.concat(rest)];
    }
    // What has been sent is held for a second try only, and not at any price.
    if (to !== undefined && (this.holding > this.limit || this.budget.free < 0)) this.letGo();
  }

  private write(piece: Buffer, { socket }: UpstreamConnection): void {
    if (!this.rechunked) {
      socket.write(piece);
      return;
    }
    socket.write(`${piece.length.toString(16)}\r\n`, "latin1");
    socket.write(piece);
    socket.write(END_OF_LINE);
  }
}
