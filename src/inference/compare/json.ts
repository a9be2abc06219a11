import { type Difference, excerpt, isNear, type Likeness } from "./likeness.ts";

export interface JsonTerms {
  /** How far numbers may be apart, in parts of the greater one, or of 1. */
  readonly tolerance: number;
  /** What is not looked at: JSON pointers with their steps unescaped, `*` for any one. */
  readonly ignore: readonly (readonly string[])[];
}

/** Deeper than this nobody looks: what lies there counts as one value. */
const DEEPEST = 100;

/** Two JSON values, the order of keys aside. `similarity` is the part of the single values that are the same. */
export function compareJson(primary: unknown, shadow: unknown, terms: JsonTerms): Likeness {
  const walk = new Walk(terms.tolerance);
  walk.values(primary, shadow, "", terms.ignore, 0);
  const { same, all, difference } = walk;
  return { agrees: difference === undefined, similarity: all === 0 ? 1 : same / all, difference };
}

class Walk {
  all = 0;
  same = 0;
  difference: Difference | undefined;
  private readonly tolerance: number;

  constructor(tolerance: number) {
    this.tolerance = tolerance;
  }

  /** @param ignore what is left of the pointers that lead here. */
  values(a: unknown, b: unknown, where: string, ignore: JsonTerms["ignore"], depth: number): void {
    if (ignore.some((steps) => steps.length === 0)) return;
    const inside = (key: string, as: unknown, bs: unknown): void => {
      const left = ignore.length === 0 ? ignore : below(ignore, key);
      this.values(as, bs, `${where}/${escaped(key)}`, left, depth + 1);
    };
    if (Array.isArray(a) && Array.isArray(b) && depth < DEEPEST) {
      if (a.length + b.length === 0) this.leaf(null, null, where, false);
      for (let i = 0; i < Math.max(a.length, b.length); i++) inside(String(i), a[i], b[i]);
    } else if (isMap(a) && isMap(b) && depth < DEEPEST) {
      const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
      if (keys.size === 0) this.leaf(null, null, where, false);
      for (const key of keys) inside(key, own(a, key), own(b, key));
    } else this.leaf(a, b, where, typeof a === "object" && typeof b === "object");
  }

  private leaf(a: unknown, b: unknown, where: string, deep: boolean): void {
    this.all++;
    const numbers = typeof a === "number" && typeof b === "number";
    const same = numbers ? isNear(a, b, this.tolerance) : deep ? JSON.stringify(a) === JSON.stringify(b) : a === b;
    if (same) this.same++;
    else this.difference ??= { where: where === "" ? "/" : where, primary: excerpt(a), shadow: excerpt(b) };
  }
}

function below(pointers: JsonTerms["ignore"], key: string): JsonTerms["ignore"] {
  return pointers.filter(([step]) => step === key || step === "*").map((steps) => steps.slice(1));
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(map: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(map, key)?.value;
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
