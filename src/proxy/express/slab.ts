import type { Socket } from "node:net";

/**
 * Memory for what we write: pieces are cut one after another from a large block, and a block that is used up is left to
 * the garbage collector. Cheaper than an allocation per message, and a piece stays valid for as long as a socket holds it.
 */
export class Slab {
  block: Buffer;
  /** Where the next piece begins. */
  at = 0;
  private readonly size: number;

  constructor(size = 64 * 1024) {
    this.size = size;
    this.block = Buffer.allocUnsafeSlow(size);
  }

  /** Makes sure that `bytes` can be written at `at` in one piece. */
  reserve(bytes: number): void {
    if (this.block.length - this.at >= bytes) return;
    this.block = Buffer.allocUnsafeSlow(Math.max(this.size, bytes));
    this.at = 0;
  }

  /** Copies bytes that are about to be overwritten. @returns where in `block` the copy begins. */
  keep(bytes: Buffer, start: number, end: number): number {
    this.reserve(end - start);
    const { at } = this;
    this.at += bytes.copy(this.block, at, start, end);
    return at;
  }

  /**
   * Sends what was written from `at` up to `end`. What the kernel takes at once, as it does unless the receiver is slow, needs
   * its memory no longer: large bodies would else allocate as much as they carry, and the collector could not rest.
   */
  send(end: number, socket: Socket): void {
    const { at } = this;
    socket.write(this.take(end));
    if (socket.writableLength === 0) this.at = at;
  }

  /** Cuts off what was written from `at` up to `end`. */
  take(end: number): Buffer {
    const piece = this.block.subarray(this.at, end);
    this.at = end;
    return piece;
  }
}
