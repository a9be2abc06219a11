import { CR, HEX, LF } from "./bytes.ts";
import { ChunkExtension } from "./chunk-extension.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { TrailerSection } from "./trailers.ts";

/** 256 TiB a chunk; every sum of sizes that can arrive is exact. Also bounds leading zeros. */
const MAX_SIZE_DIGITS = 12;
const SEMICOLON = 0x3b;

// Where the reading stands.
const SIZE = 0;
const SIZE_REST = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILERS = 7;

/**
 * Finds the end of a chunked body as its bytes pass, however they are cut, without copying them. Bytes may be passed on
 * as they came, unless there are chunk extensions: then `spans` says what to pass on, which is all but those.
 */
export class ChunkedFollower {
  /** The first byte that is not of the body, or not good. Nothing from here on may be passed on. */
  end = 0;
  /** The bytes up to `end` can be passed on as they are. */
  verbatim = true;
  /** When not verbatim: start and end of each run of bytes to pass on, by turns. */
  readonly spans: number[] = [];
  /** Set when `follow` says "refused". */
  refusal: Refusal | undefined;
  /** The data bytes of all chunks that have begun: a limit on bodies can look here before the data has come. */
  announced = 0;

  private readonly dataOnly: boolean;
  private readonly extension = new ChunkExtension();
  private readonly trailers = new TrailerSection();
  private state = SIZE;
  private size = 0;
  private digits = 0;
  /** Bytes of the chunk's data that have not come yet. */
  private left = 0;

  /** `dataOnly`: `spans` is the data, without framing and trailers, for a receiver that knows no chunks. */
  constructor(dataOnly = false) {
    this.dataOnly = dataOnly;
  }

  /** Forgets the body, for the next one. */
  reset(): void {
    this.state = SIZE;
    this.size = 0;
    this.digits = 0;
    this.announced = 0;
    this.refusal = undefined;
    this.extension.reset();
  }

  /** Reads on: [start, end) is what comes next. "complete": the body has ended, at `this.end`. */
  follow(bytes: Buffer, start: number, end: number): "more" | "complete" | "refused" {
    const dataOnly = this.dataOnly;
    this.spans.length = 0;
    this.verbatim = !dataOnly && this.state !== EXTENSION;
    // Where the bytes to pass on begin; -1: what is being read is not passed on.
    let from = this.verbatim || (dataOnly && this.state === DATA) ? start : -1;
    let p = start;
    while (p < end) {
      switch (this.state) {
        case SIZE:
        case SIZE_REST: {
          const byte = bytes[p] ?? 0;
          const digit = HEX[byte] ?? 0xff;
          if (digit !== 0xff) {
            if (++this.digits > MAX_SIZE_DIGITS) return this.refuse("bad_chunk_size", from, p);
            this.size = this.size * 16 + digit;
            this.state = SIZE_REST;
          } else if (this.state === SIZE) {
            return this.refuse("bad_chunk_size", from, p);
          } else if (byte === CR) {
            this.state = SIZE_LF;
          } else if (byte === SEMICOLON) {
            this.keep(from, p);
            from = -1;
            this.verbatim = false;
            this.extension.begin();
            this.state = EXTENSION;
          } else {
            return this.refuse("bad_chunk_size", from, p);
          }
          p++;
          break;
        }
        case EXTENSION: {
          const took = this.extension.take(bytes[p] ?? 0);
          if (took === "refused") return this.refuse(this.extension.code, from, p);
          if (took === "end") {
            if (!dataOnly) from = p;
            this.state = SIZE_LF;
          }
          p++;
          break;
        }
        case SIZE_LF:
          if (bytes[p] !== LF) return this.refuse("bad_chunk_size", from, p);
          p++;
          this.beginChunk();
          if (dataOnly && this.left > 0) from = p;
          break;
        case DATA:
          if (end - p < this.left) {
            this.left -= end - p;
            p = end;
            break;
          }
          p += this.left;
          this.state = DATA_CR;
          if (dataOnly) {
            this.keep(from, p);
            from = -1;
          }
          break;
        case DATA_CR:
          if (bytes[p] !== CR) return this.refuse("bad_chunk_end", from, p);
          p++;
          this.state = DATA_LF;
          break;
        case DATA_LF:
          if (bytes[p] !== LF) return this.refuse("bad_chunk_end", from, p);
          p++;
          this.state = SIZE;
          break;
        default: {
          const took = this.trailers.take(bytes[p] ?? 0);
          if (took === "refused") return this.refuse(this.trailers.code, from, p);
          p++;
          if (took === "more") break;
          this.stop(from, p);
          return "complete";
        }
      }
    }
    this.stop(from, p);
    return "more";
  }

  private beginChunk(): void {
    this.left = this.size;
    this.announced += this.size;
    if (this.size === 0) {
      this.trailers.begin();
      this.state = TRAILERS;
    } else {
      this.state = DATA;
    }
    this.size = 0;
    this.digits = 0;
  }

  private keep(from: number, to: number): void {
    if (from >= 0 && to > from) this.spans.push(from, to);
  }

  private stop(from: number, at: number): void {
    if (!this.verbatim) this.keep(from, at);
    this.end = at;
  }

  private refuse(code: Refusal["code"], from: number, at: number): "refused" {
    this.stop(from, at);
    this.refusal = refusalOf(code);
    return "refused";
  }
}
