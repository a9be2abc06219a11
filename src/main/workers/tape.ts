/** Numbers and texts, written one after the other in one process and read in that order in another. */
export interface Tape {
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
}

/** Writing costs a few nanoseconds: what is told of a request must not cost more than the request. */
export class TapeWriter {
  #numbers = new Float64Array(1024);
  #length = 0;
  #texts: string[] = [];

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
  #number = 0;
  #text = 0;

  constructor(tape: Tape) {
    this.#tape = tape;
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
}
