/** Who keeps copies for longer than their requests take, and may be slow to let go of them. */
export type CopyHolder = "shadow" | "capture";

/**
 * Memory for copies of bodies, in bytes. Shared by all requests of a lane. Of it no holder has more than half, so that a server that
 * hangs behind one of them leaves room for the others, and for what passes.
 */
export class CopyBudget {
  readonly total: number;
  private readonly held: Record<CopyHolder, number> = { shadow: 0, capture: 0 };
  private left: number;

  constructor(total: number) {
    this.total = total;
    this.left = total;
  }

  /** Bytes that are left for all. */
  get free(): number {
    return this.left;
  }

  /** @returns false: so much is not left, or not for `holder`. */
  take(bytes: number, holder: CopyHolder | undefined): boolean {
    if (this.left < bytes || (holder !== undefined && !this.hold(bytes, holder))) return false;
    this.left -= bytes;
    return true;
  }

  giveBack(bytes: number, holder: CopyHolder | undefined): void {
    this.left += bytes;
    if (holder !== undefined) this.letGo(bytes, holder);
  }

  /** What has been taken already is kept by `holder`, too. @returns false: it has its part. */
  hold(bytes: number, holder: CopyHolder): boolean {
    if (2 * (this.held[holder] + bytes) > this.total) return false;
    this.held[holder] += bytes;
    return true;
  }

  letGo(bytes: number, holder: CopyHolder): void {
    this.held[holder] -= bytes;
  }
}
