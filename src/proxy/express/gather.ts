/** Bytes that came in parts and are needed in one piece. Grows by doubling, so trickled bytes are not copied over and over. */
export class Gather {
  bytes: Buffer | undefined;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(bytes: Buffer, start: number, end: number): Buffer {
    const more = end - start;
    let own = this.bytes;
    if (own === undefined) own = Buffer.allocUnsafeSlow(Math.max(1024, more));
    else if (own.length - this.end < more) {
      const kept = this.length;
      const roomier = Buffer.allocUnsafeSlow(Math.max(2 * kept, kept + more));
      own.copy(roomier, 0, this.start, this.end);
      own = roomier;
      this.start = 0;
      this.end = kept;
    }
    bytes.copy(own, this.end, start, end);
    this.end += more;
    this.bytes = own;
    return own;
  }

  clear(): void {
    this.bytes = undefined;
    this.start = 0;
    this.end = 0;
  }
}
