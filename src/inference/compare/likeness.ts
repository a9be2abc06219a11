/** How two answers to one request are to each other. */
export interface Likeness {
  readonly agrees: boolean;
  /** How much of them is alike: 1 is all, 0 nothing. */
  readonly similarity: number;
  /** The first thing in which they are not; undefined: there is none. */
  readonly difference: Difference | undefined;
}

export interface Difference {
  /** In words, or as a JSON pointer. */
  readonly where: string;
  /** What stands there, shortened. */
  readonly primary: string;
  readonly shadow: string;
}

const LONGEST = 160;

/** A value as people read it, not longer than some line. */
export function excerpt(value: unknown): string {
  const text =
    typeof value === "string" ? value : value === undefined ? "nothing" : (JSON.stringify(value) ?? "nothing");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Two numbers are near when they are apart by no more than this part of the greater one, or of 1. */
export function isNear(a: number, b: number, tolerance: number): boolean {
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}
