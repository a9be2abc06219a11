/** Things that are known by identity here and by a name there, said by number once they have been introduced. */
export class Introductions<T extends object, Name> {
  readonly #describe: (thing: T) => Name;
  readonly #numbers = new WeakMap<T, number>();
  readonly #collected: FinalizationRegistry<number>;
  #next = 0;
  #introduced: [number: number, name: Name][] = [];
  #forgotten: number[] = [];

  /** @param onForgotten there is something new to `take`. */
  constructor(describe: (thing: T) => Name, onForgotten: () => void) {
    this.#describe = describe;
    // Nothing is said of what nobody has any more, and by then all that was said has been written.
    this.#collected = new FinalizationRegistry((number) => {
      this.#forgotten.push(number);
      onForgotten();
    });
  }

  numberOf(thing: T): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(thing, number);
    this.#collected.register(thing, number);
    this.#introduced.push([number, this.#describe(thing)]);
    return number;
  }

  get isEmpty(): boolean {
    return this.#introduced.length === 0 && this.#forgotten.length === 0;
  }

  /** What has been introduced since, and of what nothing more will be said. */
  take(): { introduced: [number: number, name: Name][]; forgotten: number[] } {
    const taken = { introduced: this.#introduced, forgotten: this.#forgotten };
    this.#introduced = [];
    this.#forgotten = [];
    return taken;
  }
}

/** The other side: what was introduced, and how often it is in hand. */
export class Introduced<T, Name> {
  readonly #find: (name: Name) => T | undefined;
  readonly #things = new Map<number, T>();
  readonly #inHand = new Map<T, number>();

  constructor(find: (name: Name) => T | undefined) {
    this.#find = find;
  }

  introduce(introduced: readonly (readonly [number: number, name: Name])[]): void {
    for (const [number, name] of introduced) {
      const thing = this.#find(name);
      if (thing !== undefined) this.#things.set(number, thing);
    }
  }

  forget(numbers: readonly number[]): void {
    for (const number of numbers) this.#things.delete(number);
  }

  /** undefined: nothing here goes by that name. */
  get(number: number): T | undefined {
    return this.#things.get(number);
  }

  /** So many more, or fewer, are in hand. */
  count(thing: T, more: number): void {
    const count = (this.#inHand.get(thing) ?? 0) + more;
    if (count === 0) this.#inHand.delete(thing);
    else this.#inHand.set(thing, count);
  }

  /** All that is in hand, each as often as it is; nothing is afterwards. */
  takeInHand(): T[] {
    const all = [...this.#inHand].flatMap(([thing, count]) => Array<T>(Math.max(0, count)).fill(thing));
    this.#inHand.clear();
    return all;
  }
}
