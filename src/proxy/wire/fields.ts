import { LOWER } from "./bytes.ts";

/** A field's name made ready for comparing with bytes. */
export interface FieldName {
  /** In small letters. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** `name` in any case, ASCII. */
export function fieldName(name: string): FieldName {
  const text = name.toLowerCase();
  return { text, bytes: Buffer.from(text, "latin1") };
}

const NOTHING = Buffer.alloc(0);

/**
 * The header fields of one head, as ranges of its bytes: nothing is copied or made into a string unless someone asks.
 * All offsets are into `bytes`. Reused from head to head; only entries below `count` mean anything.
 */
export class Fields {
  bytes: Buffer = NOTHING;
  count = 0;
  /** Where the empty line after the last field begins. */
  end = 0;
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  /** Values are without the white space around them. */
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** Not 0: the field is not passed on. */
  readonly dropped: Uint8Array;

  constructor(max: number) {
    this.nameStart = new Int32Array(max);
    this.nameEnd = new Int32Array(max);
    this.valueStart = new Int32Array(max);
    this.valueEnd = new Int32Array(max);
    this.dropped = new Uint8Array(max);
  }

  /** Lines lie one after the other: the lines i to j are the bytes from lineStart(i) to lineEnd(j). */
  lineStart(i: number): number {
    return this.nameStart[i] ?? 0;
  }

  /** After the line's CRLF. */
  lineEnd(i: number): number {
    return i + 1 < this.count ? (this.nameStart[i + 1] ?? 0) : this.end;
  }

  /** The first field of that name, also a dropped one, from index `from` on; -1: none. */
  find(name: FieldName, from = 0): number {
    const length = name.bytes.length;
    for (let i = from; i < this.count; i++) {
      const start = this.nameStart[i] ?? 0;
      if ((this.nameEnd[i] ?? 0) - start === length && begins(this.bytes, start, name.bytes)) return i;
    }
    return -1;
  }

  /** Marks every field of that name as not passed on. */
  drop(name: FieldName): void {
    for (let i = this.find(name); i >= 0; i = this.find(name, i + 1)) this.dropped[i] = 1;
  }

  /** Marks every field whose name begins so as not passed on. */
  dropPrefix(prefix: FieldName): void {
    const length = prefix.bytes.length;
    for (let i = 0; i < this.count; i++) {
      const start = this.nameStart[i] ?? 0;
      if ((this.nameEnd[i] ?? 0) - start < length) continue;
      if (begins(this.bytes, start, prefix.bytes)) this.dropped[i] = 1;
    }
  }

  /** One char per byte. */
  value(i: number): string {
    return this.bytes.toString("latin1", this.valueStart[i], this.valueEnd[i]);
  }

  /** The value of all fields of that name (small letters), joined with `, `; undefined: none. */
  get(name: string): string | undefined {
    let found: string | undefined;
    for (let i = 0; i < this.count; i++) {
      if (!this.isNamed(i, name)) continue;
      found = found === undefined ? this.value(i) : `${found}, ${this.value(i)}`;
    }
    return found;
  }

  private isNamed(i: number, name: string): boolean {
    const start = this.nameStart[i] ?? 0;
    const length = name.length;
    if ((this.nameEnd[i] ?? 0) - start !== length) return false;
    for (let at = 0; at < length; at++) {
      if (LOWER[this.bytes[start + at] ?? 0] !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Forgets the head, and lets its bytes go. */
  clear(): void {
    this.bytes = NOTHING;
    this.count = 0;
  }

  /** The head's bytes now lie `by` further in `bytes`. */
  move(bytes: Buffer, by: number): void {
    this.bytes = bytes;
    if (by === 0) return;
    this.end += by;
    // One more than `count`: the field being read has begun.
    for (let i = 0; i <= this.count && i < this.nameStart.length; i++) {
      this.nameStart[i] = (this.nameStart[i] ?? 0) + by;
      this.nameEnd[i] = (this.nameEnd[i] ?? 0) + by;
      this.valueStart[i] = (this.valueStart[i] ?? 0) + by;
      this.valueEnd[i] = (this.valueEnd[i] ?? 0) + by;
    }
  }
}

/** Whether the bytes from `start` on are those of `lower`, whatever the case. */
function begins(bytes: Buffer, start: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) if (LOWER[bytes[start + i] ?? 0] !== lower[i]) return false;
  return true;
}
