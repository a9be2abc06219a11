import { CR, TOKEN, VALUE } from "./bytes.ts";
import type { Refusal } from "./refusal.ts";

const MAX_PER_CHUNK = 256;
const MAX_PER_MESSAGE = 16_384;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// Where the reading stands.
const NAME_START = 0;
const NAME = 1;
const VALUE_START = 2;
const VALUE_TOKEN = 3;
const QUOTED = 4;
const ESCAPE = 5;
const AFTER_QUOTED = 6;

/** Reads the extensions of chunks byte by byte, only to know where they end: RFC 9112 7.1.1, without white space. */
export class ChunkExtension {
  /** Set once `take` says "refused". */
  code: Refusal["code"] = "bad_chunk_extension";

  private state = NAME_START;
  private inChunk = 0;
  private inMessage = 0;

  reset(): void {
    this.inMessage = 0;
  }

  /** After the chunk's first semicolon. */
  begin(): void {
    this.state = NAME_START;
    this.inChunk = 0;
  }

  /** The next byte. "end": it is the CR after the extensions. */
  take(byte: number): "more" | "end" | "refused" {
    if (++this.inChunk > MAX_PER_CHUNK || ++this.inMessage > MAX_PER_MESSAGE) {
      this.code = "large_chunk_extension";
      return "refused";
    }
    const isToken = TOKEN[byte] !== 0;
    switch (this.state) {
      case NAME_START:
        return isToken ? this.to(NAME) : this.refuse();
      case NAME:
        if (byte === EQUALS) return this.to(VALUE_START);
        return isToken ? "more" : this.separator(byte);
      case VALUE_START:
        if (byte === QUOTE) return this.to(QUOTED);
        return isToken ? this.to(VALUE_TOKEN) : this.refuse();
      case VALUE_TOKEN:
        return isToken ? "more" : this.separator(byte);
      case QUOTED:
        if (byte === QUOTE) return this.to(AFTER_QUOTED);
        if (byte === BACKSLASH) return this.to(ESCAPE);
        return VALUE[byte] !== 0 ? "more" : this.refuse();
      case ESCAPE:
        return VALUE[byte] !== 0 ? this.to(QUOTED) : this.refuse();
      default:
        return this.separator(byte);
    }
  }

  private separator(byte: number): "more" | "end" | "refused" {
    if (byte === SEMICOLON) return this.to(NAME_START);
    return byte === CR ? "end" : this.refuse();
  }

  private to(state: number): "more" {
    this.state = state;
    return "more";
  }

  private refuse(): "refused" {
    this.code = "bad_chunk_extension";
    return "refused";
  }
}
