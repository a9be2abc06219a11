import { ChunkedFollower } from "../wire/chunked.ts";
import { CHUNKED, UNTIL_CLOSE } from "../wire/framing.ts";

/** Finds where a message's body ends, whatever frames it. One follower serves message after message. */
export class BodyFollower {
  /** The body has ended. */
  done = true;
  /** The chunks are no chunks; nothing more may be passed on. */
  malformed = false;
  /** Bytes of data so far, those of a chunk that has begun included. */
  size = 0;
  /** The bytes followed last may be passed on as they are; else `spans` of them: start and end by turns. */
  verbatim = true;
  spans: readonly number[] = [];
  private left = 0;
  private length = 0;
  private readonly chunks = new ChunkedFollower();
  private readonly dataOfChunks = new ChunkedFollower(true);
  private chunked: ChunkedFollower | undefined;

  /**
   * @param length a number of bytes, or one of `framing.ts`.
   * @param dataOnly chunks are taken off: for a receiver that knows none.
   */
  begin(length: number, dataOnly = false): void {
    this.length = length;
    this.left = Math.max(0, length);
    this.done = this.left === 0 && length !== CHUNKED && length !== UNTIL_CLOSE;
    this.malformed = false;
    this.verbatim = true;
    this.size = 0;
    this.chunked = undefined;
    if (length !== CHUNKED) return;
    this.chunked = dataOnly ? this.dataOfChunks : this.chunks;
    this.chunked.reset();
  }

  /** @returns where the body's bytes in `bytes[start..end)` end. */
  follow(bytes: Buffer, start: number, end: number): number {
    if (this.done || start === end) return start;
    if (this.chunked !== undefined) return this.followChunks(this.chunked, bytes, start, end);
    if (this.length === UNTIL_CLOSE) {
      this.size += end - start;
      return end;
    }
    const taken = Math.min(this.left, end - start);
    this.left -= taken;
    this.size += taken;
    this.done = this.left === 0;
    return start + taken;
  }

  private followChunks(chunked: ChunkedFollower, bytes: Buffer, start: number, end: number): number {
    const progress = chunked.follow(bytes, start, end);
    this.done = progress === "complete";
    this.malformed = progress === "refused";
    this.size = chunked.announced;
    this.verbatim = chunked.verbatim;
    this.spans = chunked.spans;
    return chunked.end;
  }
}
