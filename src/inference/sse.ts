import { OutcomeJson } from "./outcome-json.ts";
import { HASH_START, hashOn, LONGEST_WORD, NAME_NONE, nameOf } from "./outcome-words.ts";

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const DONE = Uint8Array.from("[DONE]", (char) => char.charCodeAt(0));
const DATA = wordHash("data");
const EVENT = wordHash("event");

// Where the reading stands.
const LINE_START = 0;
const FIELD = 1;
const BEFORE_VALUE = 2;
const DATA_START = 3;
const DATA_JSON = 4;
const DATA_DONE = 5;
const EVENT_NAME = 6;
const REST_OF_LINE = 7;

/** Who is told what stands in a stream, as soon as it is there. */
export interface StreamReader {
  /** A JSON object has ended; it is only good until this returns. */
  onJson(json: OutcomeJson): void;
  /** An event is called that: a `NAME_…`. */
  onName(name: number): void;
  /** An object was cut off, or is no JSON. */
  onBadJson(): void;
  /** Data that is no JSON object. */
  onPlainData(): void;
  /** OpenAI's `[DONE]`. */
  onDone(): void;
}

/**
 * Reads server-sent events (WHATWG HTML 9.2) as their bytes pass, however they are cut: no copy, nothing kept but where it
 * stands. An object may go over several `data` lines. `lines`: there are no events, each line is an object (NDJSON).
 */
export class StreamLines {
  private readonly reader: StreamReader;
  private readonly json = new OutcomeJson();
  private lines = false;
  private state = LINE_START;
  /** The line before ended with CR: an LF belongs to that end. */
  private afterCr = false;
  private hash = 0;
  private length = 0;
  private isEventName = false;

  constructor(reader: StreamReader) {
    this.reader = reader;
  }

  begin(lines: boolean): void {
    this.lines = lines;
    this.json.reset();
    this.state = LINE_START;
    this.afterCr = false;
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    let p = start;
    while (p < end) {
      if (this.state === DATA_JSON) {
        p = this.json.take(bytes, p, end, true);
        if (p === end) return;
      }
      const byte = bytes[p++] ?? 0;
      if (byte === LF || byte === CR) {
        if (byte !== LF || !this.afterCr) this.endLine();
        this.afterCr = byte === CR;
      } else {
        this.afterCr = false;
        this.step(byte, bytes, p - 1, end);
        if (this.state === REST_OF_LINE) p = lineEnd(bytes, p, end);
      }
    }
  }

  /** The stream has ended: so has what stands in its last line. */
  end(): void {
    this.endLine();
    if (!this.json.untouched) this.endEvent();
  }

  private step(byte: number, bytes: Uint8Array, at: number, end: number): void {
    switch (this.state) {
      case LINE_START:
        if (this.lines) this.beginData(byte, bytes, at, end);
        else {
          this.state = FIELD;
          this.hash = hashOn(HASH_START, byte);
        }
        return;
      case FIELD:
        if (byte !== COLON) {
          this.hash = hashOn(this.hash, byte);
          return;
        }
        this.isEventName = this.hash === EVENT;
        this.state = this.isEventName || this.hash === DATA ? BEFORE_VALUE : REST_OF_LINE;
        return;
      case BEFORE_VALUE:
        this.state = this.isEventName ? EVENT_NAME : DATA_START;
        this.hash = HASH_START;
        this.length = 0;
        if (byte !== SP) this.step(byte, bytes, at, end);
        return;
      case EVENT_NAME:
        this.hash = hashOn(this.hash, byte);
        this.length++;
        return;
      case DATA_START:
        this.beginData(byte, bytes, at, end);
        return;
      case DATA_DONE:
        if (byte === DONE[this.length]) this.length++;
        else this.plainData();
    }
  }

  private beginData(byte: number, bytes: Uint8Array, at: number, end: number): void {
    if (byte === OPEN_OBJECT || !this.json.untouched) {
      this.state = DATA_JSON;
      this.json.take(bytes, at, Math.min(at + 1, end), true);
    } else if (byte === DONE[0] && !this.lines) {
      this.state = DATA_DONE;
      this.length = 1;
    } else if (byte !== SP) this.plainData();
  }

  private plainData(): void {
    this.state = REST_OF_LINE;
    this.reader.onPlainData();
  }

  private endLine(): void {
    const { state, json } = this;
    this.state = LINE_START;
    if (state === DATA_JSON && json.whole) {
      this.reader.onJson(json);
      json.reset();
    } else if (state === DATA_JSON && (json.bad || this.lines)) this.badJson();
    else if (state === DATA_DONE) {
      if (this.length === DONE.length) this.reader.onDone();
      else this.reader.onPlainData();
    } else if (state === EVENT_NAME && this.length <= LONGEST_WORD) {
      const name = nameOf(this.hash);
      if (name !== NAME_NONE) this.reader.onName(name);
    } else if (state === LINE_START) this.endEvent();
  }

  private endEvent(): void {
    if (!this.json.untouched) this.badJson();
  }

  private badJson(): void {
    this.json.reset();
    this.reader.onBadJson();
  }
}

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let p = start;
  while (p < end && bytes[p] !== LF && bytes[p] !== CR) p++;
  return p;
}

function wordHash(word: string): number {
  let hash = HASH_START;
  for (let i = 0; i < word.length; i++) hash = hashOn(hash, word.charCodeAt(i));
  return hash;
}
