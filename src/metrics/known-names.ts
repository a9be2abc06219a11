import { Buffer } from "node:buffer";

/** What any value becomes that the rules do not name. */
const OTHER = "other";

/** More names than this would be more series than anybody can look at; those on top are `other`. */
const MOST = 1_000;

/**
 * The values that may become a label, as small numbers that never change their meaning; 0 is `other`. Values of requests
 * have one char per byte, labels are text.
 */
export class KnownNames {
  readonly #labels: string[] = [OTHER];
  #current: ReadonlyMap<string, number> = new Map();

  /** From now on these are the known ones. */
  replace(values: Iterable<string>): void {
    const current = new Map<string, number>();
    for (const value of values) current.set(value, this.#indexOfLabel(Buffer.from(value, "latin1").toString()));
    this.#current = current;
  }

  index(value: string): number {
    return this.#current.get(value) ?? 0;
  }

  label(index: number): string {
    return this.#labels[index] ?? OTHER;
  }

  #indexOfLabel(label: string): number {
    const index = this.#labels.indexOf(label);
    if (index >= 0) return index;
    return this.#labels.length < MOST ? this.#labels.push(label) - 1 : 0;
  }
}
