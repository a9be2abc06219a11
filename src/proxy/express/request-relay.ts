import type { RequestHead } from "../wire/request-head.ts";
import { BodyFollower } from "./body-follower.ts";
import { kept } from "./read-buffer.ts";
import type { Slab } from "./slab.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

/** Up to this size a body is copied behind its head, so that both leave in one write. */
const COPY_LIMIT = 16 * 1024;

/** The way of a request's body to the upstream: passed on as it comes, held while it cannot be sent or may be sent again. */
export class RequestRelay {
  private readonly body = new BodyFollower();
  private readonly holdLimit: number;
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** Whether everything that has come is still held. */
  private whole = true;
  private length = 0;

  /** @param holdLimit bytes of a body that are kept for sending it once more. */
  constructor(holdLimit: number) {
    this.holdLimit = holdLimit;
  }

  /** All of the body has come. */
  get done(): boolean {
    return this.body.done;
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

  begin(head: RequestHead): void {
    this.length = head.bodyLength;
    this.body.begin(head.bodyLength);
    this.heldBytes = 0;
    this.whole = true;
    if (this.held.length > 0) this.held = [];
  }

  /** Nothing will be sent again. */
  letGo(): void {
    this.whole = false;
    if (this.held.length > 0) this.held = [];
    this.heldBytes = 0;
  }

  /**
   * Takes what belongs to the body from `bytes[start..end)` and sends it, when there is a connection to send it on.
   * @returns where the body's bytes end.
   */
  take(bytes: Buffer, start: number, end: number, to: UpstreamConnection | undefined): number {
    const { body } = this;
    const stop = body.follow(bytes, start, end);
    if (body.verbatim) {
      if (stop > start) this.pass(kept(bytes.subarray(start, stop)), to);
    } else {
      const { spans } = body;
      for (let i = 0; i < spans.length; i += 2) this.pass(kept(bytes.subarray(spans[i], spans[i + 1])), to);
    }
    return stop;
  }

  /** Bytes that `sendAll` will copy behind the head. */
  get copied(): number {
    return this.heldBytes <= COPY_LIMIT ? this.heldBytes : 0;
  }

  /** True: so much waits for the upstream that the client should wait too. */
  get full(): boolean {
    return this.heldBytes > this.holdLimit;
  }

  /** Sends the head that has been written into the slab up to `headEnd`, with room for `copied` bytes more, and all that is held. */
  sendAll(slab: Slab, headEnd: number, to: UpstreamConnection): void {
    const { socket } = to;
    if (this.heldBytes <= COPY_LIMIT) {
      let at = headEnd;
      for (const piece of this.held) at += piece.copy(slab.block, at);
      socket.write(slab.take(at));
    } else {
      socket.cork();
      socket.write(slab.take(headEnd));
      for (const piece of this.held) socket.write(piece);
      socket.uncork();
    }
  }

  private pass(piece: Buffer, to: UpstreamConnection | undefined): void {
    to?.socket.write(piece);
    if (to !== undefined && !this.whole) return;
    this.held.push(piece);
    this.heldBytes += piece.length;
    // What has been sent is held for a second try only, and not at any price.
    if (to !== undefined && this.heldBytes > this.holdLimit) {
      this.held = [];
      this.heldBytes = 0;
      this.whole = false;
    }
  }
}
