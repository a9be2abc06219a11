import { bytesOf } from "./byte-string.ts";
import type { JsonCursor } from "./json-cursor.ts";

interface Word<T> {
  readonly bytes: Uint8Array;
  readonly means: T;
}

/** A few known words (ASCII), found among bytes without making a string of them. */
export class Words<T> {
  readonly #byShape = new Map<number, Word<T>[]>();
  readonly #byText: ReadonlyMap<string, T>;

  constructor(words: Iterable<readonly [string, T]>) {
    this.#byText = new Map(words);
    for (const [text, means] of this.#byText) {
      const bytes = bytesOf(text);
      const shape = shapeOf(bytes, 0, bytes.length);
      this.#byShape.set(shape, [...(this.#byShape.get(shape) ?? []), { bytes, means }]);
    }
  }

  /** What the key or string means that the cursor has read last. */
  find(cursor: JsonCursor): T | undefined {
    if (cursor.escaped) {
      const text = cursor.text();
      return text === undefined ? undefined : this.#byText.get(text);
    }
    const { body, start, end } = cursor;
    const words = this.#byShape.get(shapeOf(body, start, end));
    if (words === undefined) return undefined;
    for (const { bytes, means } of words) if (same(bytes, body, start)) return means;
    return undefined;
  }
}

/** Length, first and last byte: enough to tell most words from most others. */
function shapeOf(bytes: Uint8Array, start: number, end: number): number {
  return (end - start) * 0x10000 + (bytes[start] ?? 0) * 0x100 + (bytes[end - 1] ?? 0);
}

function same(word: Uint8Array, body: Uint8Array, start: number): boolean {
  for (let i = 0; i < word.length; i++) if (word[i] !== body[start + i]) return false;
  return true;
}
