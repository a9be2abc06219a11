/** Numbers and texts, written one after the other in one process and read in that order in another. */
export interface Tape {
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
}

const NEW_WORD = -1;
/** Whoever sends new words with each request does not fill the memory: further ones are texts each time. */
const MOST_WORDS = 1_000;

/** Writing costs a few nanoseconds: what is told of a request must not cost more than the request. */
export class TapeWriter {
  #numbers = new Float64Array(1024);
  #length = 0;
  #texts: string[] = [];
  readonly #words = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  number(value: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = value;
  }

  text(value: string): void {
    this.#texts.push(value);
  }

  /** A text that comes again and again: it is written once, and a number afterwards. */
  word(value: string): void {
    const known = this.#words.get(value);
    this.number(known ?? NEW_WORD);
    if (known !== undefined) return;
    if (this.#words.size < MOST_WORDS) this.#words.set(value, this.#words.size);
    this.text(value);
  }

  /** What was written; the tape is empty then. */
  take(): { numbers: Float64Array<ArrayBuffer>; texts: string[] } {
    const taken = { numbers: this.#numbers.slice(0, this.#length), texts: this.#texts };
    this.#length = 0;
    this.#texts = [];
    return taken;
  }
}

export class TapeReader {
  readonly #tape: Tape;
  readonly #words: string[];
  #number = 0;
  #text = 0;

  /** @param words those of the tapes before, of the same writer; it is added to. */
  constructor(tape: Tape, words: string[]) {
    this.#tape = tape;
    this.#words = words;
  }

  get atEnd(): boolean {
    return this.#number >= this.#tape.numbers.length;
  }

  /** @throws RangeError past the end: what was written is not what is read. */
  number(): number {
    const value = this.#tape.numbers[this.#number++];
    if (value === undefined) throw new RangeError("the tape has no more numbers");
    return value;
  }

  /** @throws RangeError past the end. */
  text(): string {
    const value = this.#tape.texts[this.#text++];
    if (value === undefined) throw new RangeError("the tape has no more texts");
    return value;
  }

  /** @throws RangeError past the end, or for a word that nobody has written. */
  word(): string {
    const number = this.number();
    if (number === NEW_WORD) {
      const value = this.text();
      if (this.#words.length < MOST_WORDS) this.#words.push(value);
      return value;
    }
    const value = this.#words[number];
    if (value === undefined) throw new RangeError(`the tape has no word ${number}`);
    return value;
  }
}
