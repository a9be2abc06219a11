import { byteString, unescapeJson } from "./byte-string.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** So many bytes of a string are looked at one by one before the native search, which costs more to start, takes over. */
const NEAR = 32;
/** A value longer than this names nothing: it is not read. */
const LONGEST_VALUE = 4096;
const SCALAR = /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)$/;

/** What a value is, by its first byte. */
export type JsonKind = "object" | "array" | "string" | "other" | "nothing";

/**
 * Walks through JSON bytes in one direction without building anything. Strings that nobody asks about are jumped over
 * by a native search for their end, whatever their size. What is skipped is not checked beyond its brackets and quotes.
 *
 * Where the bytes end early or are not JSON the cursor is `lost`: it answers "nothing more" from then on.
 */
export class JsonCursor {
  readonly body: Uint8Array;
  /** Where the cursor stands. */
  at: number;
  /** The last string or key that was read: where it stands between its quotes. */
  start = 0;
  end = 0;
  /** Whether a backslash stands in it, or may: nobody looks for one in a long string. */
  escaped = false;
  lost = false;
  /** Nothing of the object or array has been read yet. */
  #entered = false;

  constructor(body: Uint8Array) {
    this.body = body;
    this.at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0; // a byte order mark
  }

  /** Moves to the next value and says what it is. */
  kind(): JsonKind {
    switch (this.#visible()) {
      case OPEN_OBJECT:
        return "object";
      case OPEN_ARRAY:
        return "array";
      case QUOTE:
        return "string";
      case undefined:
        return "nothing";
      default:
        return "other";
    }
  }

  /** Into the object or array that `kind` has announced. */
  enter(): void {
    this.at++;
    this.#entered = true;
  }

  /** To the next key's value; the key is `start`–`end`. False: the object is over, and the cursor stands behind it. */
  nextKey(): boolean {
    if (!this.#another(CLOSE_OBJECT)) return false;
    if (this.#visible() !== QUOTE || !this.#string()) return this.#loseWay();
    if (this.#visible() !== COLON) return this.#loseWay();
    this.at++;
    return true;
  }

  /** To the next element. False: the array is over, and the cursor stands behind it. */
  nextElement(): boolean {
    return this.#another(CLOSE_ARRAY);
  }

  /** Past the next value. */
  skip(): void {
    const byte = this.#visible();
    if (byte === QUOTE) this.#string();
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#container();
    else this.#bare();
  }

  /** Past the next value; what it says if it is a string. */
  string(): string | undefined {
    if (this.kind() === "string") return this.#string() ? this.text() : undefined;
    this.skip();
    return undefined;
  }

  /** Past the next value; a string's meaning, a number or boolean as it is written. Undefined: null, or no scalar. */
  scalar(): string | undefined {
    if (this.kind() !== "other") return this.string();
    const from = this.at;
    this.#bare();
    if (this.lost || this.at - from > LONGEST_VALUE) return undefined;
    const written = byteString(this.body, from, this.at);
    if (SCALAR.test(written)) return written === "null" ? undefined : written;
    this.#loseWay();
    return undefined;
  }

  /** Past the next value; undefined where it is not `true` or `false`. */
  boolean(): boolean | undefined {
    if (this.kind() === "other") {
      const said = this.scalar();
      return said === "true" ? true : said === "false" ? false : undefined;
    }
    this.skip();
    return undefined;
  }

  /** Whether the next value says nothing: `null`, `false`, `""`, `[]`, `{}`. The cursor stays before it. */
  blank(): boolean {
    const byte = this.#visible();
    const from = this.at;
    let next = this.body[from + 1];
    if (byte === QUOTE) return next === QUOTE;
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      this.at++;
      next = this.#visible();
      this.at = from;
      return next === CLOSE_ARRAY || next === CLOSE_OBJECT || next === undefined;
    }
    return byte === 0x6e || byte === 0x66 || byte === undefined; // n, f
  }

  /** The next value's first bytes up to the first that is no `[`, three at most. The cursor stays before it. */
  opening(): string {
    let bytes = "";
    let byte = this.#visible();
    const from = this.at;
    while (byte !== undefined) {
      bytes += String.fromCharCode(byte);
      if (byte !== OPEN_ARRAY || bytes.length === 3) break;
      this.at++;
      byte = this.#visible();
    }
    this.at = from;
    return bytes;
  }

  /** Whether the last key or string is this one; a byte string. */
  says(word: string): boolean {
    if (this.escaped) return this.text() === word;
    const { body, start, end } = this;
    if (end - start !== word.length) return false;
    for (let i = 0; i < word.length; i++) if (body[start + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  /** The last key or string as a byte string; undefined: not JSON, or too long to be a name. */
  text(): string | undefined {
    if (this.end - this.start > LONGEST_VALUE) return undefined;
    return unescapeJson(byteString(this.body, this.start, this.end));
  }

  #another(close: number): boolean {
    const first = this.#entered;
    this.#entered = false;
    const byte = this.#visible();
    if (byte === close) {
      this.at++;
      return false;
    }
    if (first) return byte !== undefined;
    if (byte !== COMMA) return this.#loseWay();
    this.at++;
    return true;
  }

  /** The next byte that is not white space; the cursor stands on it. */
  #visible(): number | undefined {
    const body = this.body;
    for (;;) {
      const byte = body[this.at];
      if (byte === undefined) {
        this.#loseWay();
        return undefined;
      }
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
  }

  /** Past the string whose opening quote the cursor stands on. False: it has no end. */
  #string(): boolean {
    const body = this.body;
    const start = this.at + 1;
    let at = start;
    let near = start + NEAR;
    this.escaped = false;
    for (;;) {
      const byte = body[at];
      if (byte === QUOTE) break;
      if (byte === undefined) return this.#loseWay();
      if (byte === BACKSLASH) {
        this.escaped = true;
        at += 2;
        continue;
      }
      if (at++ < near) continue;
      this.escaped = true;
      const quote = body.indexOf(QUOTE, at);
      if (quote < 0) return this.#loseWay();
      let slash = quote;
      while (slash > at && body[slash - 1] === BACKSLASH) slash--;
      at = quote;
      if ((quote - slash) % 2 === 0) break;
      at++; // an escaped quote
      near = at + NEAR;
    }
    this.start = start;
    this.end = at;
    this.at = at + 1;
    return true;
  }

  /** Past the object or array that the cursor stands on. Only quotes and the depth count. */
  #container(): void {
    const body = this.body;
    let at = this.at;
    let depth = 0;
    for (;;) {
      const byte = body[at];
      if (byte === undefined) break;
      if (byte === QUOTE) {
        this.at = at;
        if (!this.#string()) return;
        at = this.at;
        continue;
      }
      at++;
      if (byte < OPEN_ARRAY) continue;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) {
        this.at = at;
        return;
      }
    }
    this.#loseWay();
  }

  /** Past a number, `true`, `false` or `null`. One that the bytes end with may go on, so it is not known. */
  #bare(): void {
    const body = this.body;
    const from = this.at;
    for (;;) {
      const byte = body[this.at];
      if (byte === undefined) break;
      if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || byte <= 0x20) {
        if (this.at === from) break;
        return;
      }
      this.at++;
    }
    this.#loseWay();
  }

  #loseWay(): false {
    this.lost = true;
    this.at = this.body.length;
    return false;
  }
}
