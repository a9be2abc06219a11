import type { CopyBudget, CopyHolder } from "./copy-budget.ts";
import { ChunkedFollower } from "./wire/chunked.ts";
import { CHUNKED } from "./wire/framing.ts";

/** Why a copy is not the whole body. */
export type CopyLoss =
  | "too_large" // for its limit
  | "no_memory"; // the budget is spent, or what of it is for who wants to keep it

const SMALLEST = 512;
const NOTHING = Buffer.alloc(0);

/**
 * A bounded copy of a body as it passes, out of its chunks. It never makes anybody wait: what is too much is lost, and said so.
 * Whoever keeps it longer than the call in which it was handed over keeps what `keptBy` says, and releases that.
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
  private readonly maker: CopyHolder | undefined;
  private memory = NOTHING;
  private kept = 0;
  private chunks: ChunkedFollower | undefined;
  private expected = -1;
  private holders = 1;

  /**
   * @param keepsPart of what is larger than `limit` bytes the beginning is kept, and not nothing.
   * @param maker whose part of the budget it is of; undefined: it goes with its request.
   */
  constructor(limit: number, keepsPart: boolean, budget: CopyBudget, maker?: CopyHolder) {
    this.limit = limit;
    this.keepsPart = keepsPart;
    this.budget = budget;
    this.maker = maker;
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

  /** It stays until `holder` releases it, too. @returns what it may keep: this, or where it keeps too much already a lost one. */
  keptBy(holder: CopyHolder): BodyCopy {
    if (holder !== this.maker && !this.budget.hold(this.memory.length, holder)) return this.lostCopy();
    this.holders++;
    return this;
  }

  /** @param holder who has kept it; undefined: who has made it. */
  release(holder?: CopyHolder): void {
    if (holder !== undefined && holder !== this.maker) this.budget.letGo(this.memory.length, holder);
    if (--this.holders === 0) this.letGo();
  }

  private lostCopy(): BodyCopy {
    const copy = new BodyCopy(0, false, this.budget);
    copy.contentType = this.contentType;
    copy.contentEncoding = this.contentEncoding;
    copy.size = this.size;
    copy.lost = "no_memory";
    return copy;
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
    if (!this.budget.take(room - this.memory.length, this.maker)) {
      this.lose("no_memory");
      return false;
    }
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
    this.budget.giveBack(this.memory.length, this.maker);
    this.memory = NOTHING;
    this.kept = 0;
  }
}
