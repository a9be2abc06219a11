import { ChunkedFollower } from "./wire/chunked.ts";
import { CHUNKED } from "./wire/framing.ts";

/** Memory for copies of bodies. Shared by all requests of a lane. */
export interface CopyBudget {
  /** Bytes that are left for all. */
  free: number;
}

/** Why a copy is not the whole body. */
export type CopyLoss =
  | "too_large" // for its limit
  | "no_memory"; // the budget is spent

const SMALLEST = 512;
const NOTHING = Buffer.alloc(0);

/**
 * A bounded copy of a body as it passes, out of its chunks. It never makes anybody wait: what is too much is lost, and said so.
 * Whoever keeps it longer than the call in which it was handed over holds it, and releases it.
 */
export class BodyCopy {
  /** As the head of the message has them. */
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** Bytes of the body that have come. */
  size = 0;
  /** undefined: all that has come is here. */
  lost: CopyLoss | undefined;
  private readonly limit: number;
  private readonly keepsPart: boolean;
  private readonly budget: CopyBudget;
  private memory = NOTHING;
  private kept = 0;
  private chunks: ChunkedFollower | undefined;
  private expected = -1;
  private holders = 1;

  /** @param keepsPart of what is larger than `limit` bytes the beginning is kept, and not nothing. */
  constructor(limit: number, keepsPart: boolean, budget: CopyBudget) {
    this.limit = limit;
    this.keepsPart = keepsPart;
    this.budget = budget;
  }

  /** What has been kept; not to be changed. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.kept);
  }

  /** @param length a number of bytes, or one of `framing.ts`. */
  begin(length: number, contentType: string | undefined, contentEncoding: string | undefined): void {
    this.contentType = contentType;
    this.contentEncoding = contentEncoding;
    this.expected = length;
    this.chunks = length === CHUNKED ? new ChunkedFollower(true) : undefined;
    if (length > this.limit) this.lose("too_large");
  }

  /** The body's next bytes, with their framing. */
  take(bytes: Buffer, start: number, end: number): void {
    const { chunks } = this;
    if (chunks === undefined) {
      this.keep(bytes, start, end);
      return;
    }
    chunks.follow(bytes, start, end);
    this.takeSpans(bytes, chunks.spans);
  }

  /** The same where it is known what of `bytes` is data: start and end by turns. */
  takeSpans(bytes: Buffer, spans: readonly number[]): void {
    for (let i = 0; i < spans.length; i += 2) this.keep(bytes, spans[i] ?? 0, spans[i + 1] ?? 0);
  }

  /** One more wants it to stay. */
  hold(): void {
    this.holders++;
  }

  release(): void {
    if (--this.holders === 0) this.letGo();
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    this.size += end - start;
    if (this.size > this.limit && this.lost === undefined) this.lose("too_large");
    if (this.lost === "no_memory" || (this.lost !== undefined && !this.keepsPart)) return;
    const more = Math.min(end - start, this.limit - this.kept);
    if (more <= 0) return;
    if (this.kept + more > this.memory.length && !this.grow(this.kept + more)) return;
    bytes.copy(this.memory, this.kept, start, start + more);
    this.kept += more;
  }

  /** By doubling, so that trickled bytes are not copied over and over; to what is announced at once. */
  private grow(least: number): boolean {
    const wanted = Math.max(least, this.expected, 2 * this.memory.length, SMALLEST);
    const room = Math.min(wanted, Math.max(this.limit, least));
    if (this.budget.free < room - this.memory.length) {
      this.lose("no_memory");
      return false;
    }
    this.budget.free -= room - this.memory.length;
    const roomier = Buffer.allocUnsafeSlow(room);
    this.memory.copy(roomier, 0, 0, this.kept);
    this.memory = roomier;
    return true;
  }

  private lose(why: CopyLoss): void {
    this.lost = why;
    if (!this.keepsPart) this.letGo();
  }

  private letGo(): void {
    this.budget.free += this.memory.length;
    this.memory = NOTHING;
    this.kept = 0;
  }
}
