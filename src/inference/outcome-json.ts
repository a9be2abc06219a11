import {
  HASH_START,
  hashOn,
  KEY_CALL,
  KEY_COMPLETION_TOKENS,
  KEY_CONTENT,
  KEY_DONE,
  KEY_ERROR,
  KEY_FINISH,
  KEY_GENERATED_TEXT,
  KEY_NONE,
  KEY_PROMPT_TOKENS,
  KEY_TYPE,
  keyOf,
  LONGEST_WORD,
  NAME_ERROR,
  NAME_NONE,
  nameOf,
} from "./outcome-words.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

// Where the reading stands.
const VALUE = 0;
const FIRST_VALUE = 1; // of a list, which may be empty
const FIRST_KEY = 2; // of an object, which may be empty
const KEY = 3;
const AFTER_KEY = 4;
const STRING = 5;
const ESCAPE = 6;
const PLAIN = 7; // a number, true, false or null
const AFTER_VALUE = 8;
const WHOLE = 9;
const BAD = 10;

/** 1: the byte may stand in a string as it is. */
const TEXT = new Uint8Array(256).fill(1, 0x20);
TEXT[QUOTE] = 0;
TEXT[BACKSLASH] = 0;

/** Deeper values are not JSON to us: no model server nests so. */
const DEEPEST = 30;

/**
 * Follows one JSON value as its bytes pass, however they are cut, and remembers what it says about the answer. Checks the
 * nesting and the punctuation, not how numbers and escapes are written. Allocates nothing.
 */
export class OutcomeJson {
  /** It says that something went wrong. */
  error = false;
  /** There is something in it that a model has made. */
  content = false;
  /** What its type says it is: a `NAME_…`. */
  name = NAME_NONE;
  /** `done: true`, at the top. */
  done = false;
  /** There is a reason to finish. */
  finished = false;
  /** The whole of what was generated is in it, at the top. */
  generated = false;
  /** -1: it does not say. */
  promptTokens = -1;
  completionTokens = -1;

  private state = VALUE;
  private depth = 0;
  /** A bit for each open bracket, the innermost the lowest: 1 is an object. */
  private nesting = 0;
  private inKey = false;
  private key = KEY_NONE;
  private hash = 0;
  private length = 0;
  /** The first byte of a number or word, and the number as far as it is whole. */
  private plain = 0;
  private number = 0;

  /** Nothing of a value has come yet. */
  get untouched(): boolean {
    return this.state === VALUE && this.depth === 0;
  }

  /** The value has come to its end. */
  get whole(): boolean {
    return this.state === WHOLE || (this.state === PLAIN && this.depth === 0);
  }

  get bad(): boolean {
    return this.state === BAD;
  }

  reset(): void {
    this.error = false;
    this.content = false;
    this.name = NAME_NONE;
    this.done = false;
    this.finished = false;
    this.generated = false;
    this.promptTokens = -1;
    this.completionTokens = -1;
    this.state = VALUE;
    this.depth = 0;
    this.nesting = 0;
    this.inKey = false;
    this.key = KEY_NONE;
  }

  /**
   * Reads on. `line`: stops at the end of the line.
   * @returns where it stopped.
   */
  take(bytes: Uint8Array, start: number, end: number, line: boolean): number {
    let p = start;
    while (p < end) {
      if (this.state === STRING) {
        p = this.takeString(bytes, p, end);
        continue;
      }
      const byte = bytes[p] ?? 0;
      if (byte > SP) this.step(byte);
      else if (byte === SP || byte === LF || byte === CR || byte === TAB) {
        if (line && byte !== SP && byte !== TAB) return p;
        if (this.state === PLAIN) this.endPlain();
      } else this.state = BAD;
      p++;
    }
    return p;
  }

  private step(byte: number): void {
    switch (this.state) {
      case FIRST_VALUE:
      case VALUE:
        if (byte === CLOSE_LIST && this.state === FIRST_VALUE) this.close(0);
        else this.beginValue(byte);
        return;
      case FIRST_KEY:
      case KEY:
        if (byte === QUOTE) this.beginString(true);
        else if (byte === CLOSE_OBJECT && this.state === FIRST_KEY) this.close(1);
        else this.state = BAD;
        return;
      case AFTER_KEY:
        this.state = byte === COLON ? VALUE : BAD;
        return;
      case ESCAPE:
        this.length++;
        // No known word has an escape in it.
        this.hash = 0;
        this.state = byte < 0x20 ? BAD : STRING;
        return;
      case PLAIN:
        if (byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
          this.endPlain();
          this.afterValue(byte);
        } else if (byte >= 0x30 && byte <= 0x39) {
          if (this.number >= 0) this.number = this.number * 10 + byte - 0x30;
        } else this.number = -1;
        return;
      case AFTER_VALUE:
        this.afterValue(byte);
        return;
      default:
        this.state = BAD;
    }
  }

  private beginValue(byte: number): void {
    if (byte === QUOTE) this.beginString(false);
    else if (byte === OPEN_OBJECT) this.open(1);
    else if (byte === OPEN_LIST) this.open(0);
    else if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e) {
      this.state = PLAIN;
      this.plain = byte;
      this.number = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
    } else this.state = BAD;
  }

  private open(object: 0 | 1): void {
    if (this.depth === DEEPEST) {
      this.state = BAD;
      return;
    }
    if (this.key === KEY_ERROR && object === 1) this.error ||= this.depth === 1;
    this.depth++;
    this.nesting = (this.nesting << 1) | object;
    this.state = object === 1 ? FIRST_KEY : FIRST_VALUE;
    // A list hands its key's meaning on to what stands in it: an empty one says nothing.
    if (object === 1) {
      if (this.key === KEY_CALL) this.content = true;
      this.key = KEY_NONE;
    }
  }

  private close(object: 0 | 1): void {
    if (this.depth === 0 || (this.nesting & 1) !== object) {
      this.state = BAD;
      return;
    }
    this.depth--;
    this.nesting >>>= 1;
    this.endValue();
  }

  private afterValue(byte: number): void {
    if (byte === COMMA && this.depth > 0) this.state = (this.nesting & 1) === 1 ? KEY : VALUE;
    else if (byte === CLOSE_OBJECT) this.close(1);
    else if (byte === CLOSE_LIST) this.close(0);
    else this.state = BAD;
  }

  private endValue(): void {
    this.key = KEY_NONE;
    this.state = this.depth === 0 ? WHOLE : AFTER_VALUE;
  }

  private beginString(isKey: boolean): void {
    this.inKey = isKey;
    this.hash = HASH_START;
    this.length = 0;
    this.state = STRING;
  }

  private takeString(bytes: Uint8Array, start: number, end: number): number {
    let p = start;
    let byte = 0;
    if (this.inKey || this.key === KEY_TYPE) {
      let hash = this.hash;
      for (; p < end; p++) {
        byte = bytes[p] ?? 0;
        if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
        hash = hashOn(hash, byte);
      }
      this.hash = hash;
    } else {
      // Most of an answer is here. Eight at a time, which pays.
      while (p + 7 < end) {
        const all =
          (TEXT[bytes[p] ?? 0] ?? 0) &
          (TEXT[bytes[p + 1] ?? 0] ?? 0) &
          (TEXT[bytes[p + 2] ?? 0] ?? 0) &
          (TEXT[bytes[p + 3] ?? 0] ?? 0) &
          (TEXT[bytes[p + 4] ?? 0] ?? 0) &
          (TEXT[bytes[p + 5] ?? 0] ?? 0) &
          (TEXT[bytes[p + 6] ?? 0] ?? 0) &
          (TEXT[bytes[p + 7] ?? 0] ?? 0);
        if (all === 0) break;
        p += 8;
      }
      for (; p < end; p++) {
        byte = bytes[p] ?? 0;
        if (TEXT[byte] === 0) break;
      }
    }
    this.length += p - start;
    if (p === end) return p;
    if (byte === QUOTE) {
      this.endString();
      return p + 1;
    }
    if (byte === BACKSLASH) {
      this.state = ESCAPE;
      return p + 1;
    }
    this.state = BAD;
    return p;
  }

  private endString(): void {
    const known = this.length <= LONGEST_WORD;
    if (this.inKey) {
      this.key = known ? keyOf(this.hash) : KEY_NONE;
      this.state = AFTER_KEY;
      return;
    }
    if (this.length > 0) this.noteString(known);
    this.endValue();
  }

  private noteString(known: boolean): void {
    switch (this.key) {
      case KEY_CONTENT:
        this.content = true;
        return;
      case KEY_ERROR:
        this.error ||= this.depth === 1;
        return;
      case KEY_TYPE:
        if (this.depth !== 1 || !known) return;
        if (this.name === NAME_NONE) this.name = nameOf(this.hash);
        this.error ||= this.name === NAME_ERROR;
        return;
      case KEY_FINISH:
        this.finished = true;
        return;
      case KEY_GENERATED_TEXT:
        this.generated = true;
        this.content = true;
    }
  }

  private endPlain(): void {
    const { number } = this;
    if (this.key === KEY_DONE && this.plain === 0x74 && this.depth === 1) this.done = true;
    else if (this.key === KEY_PROMPT_TOKENS && number >= 0) this.promptTokens = number;
    else if (this.key === KEY_COMPLETION_TOKENS && number >= 0) this.completionTokens = number;
    else if (this.key === KEY_ERROR && this.plain === 0x74 && this.depth === 1) this.error = true;
    this.endValue();
  }
}
