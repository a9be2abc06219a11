import { toBytes } from "./bytes.ts";
import type { Facts } from "./facts.ts";
import type { Condition } from "./rules.ts";

/** A condition made ready: exact values in a set, so that a list of 10,000 customers costs as much as one. */
export interface CompiledCondition {
  readonly fact: Condition["fact"];
  /** The header's lower-case name; empty for other facts. */
  readonly name: string;
  readonly exact: ReadonlySet<string>;
  readonly globs: readonly string[];
}

export function compileCondition(condition: Condition): CompiledCondition {
  const values = condition.values.map(toBytes);
  return {
    fact: condition.fact,
    name: condition.fact === "header" ? condition.name : "",
    exact: new Set(values.filter((value) => !value.includes("*"))),
    globs: values.filter((value) => value.includes("*")),
  };
}

export function holdAll(conditions: readonly CompiledCondition[], facts: Facts): boolean {
  for (const condition of conditions) if (!holds(condition, facts)) return false;
  return true;
}

function holds(condition: CompiledCondition, facts: Facts): boolean {
  const value = factOf(condition, facts);
  if (value === undefined) return false;
  if (condition.exact.has(value)) return true;
  for (const glob of condition.globs) if (matchesGlob(glob, value)) return true;
  return false;
}

/** The value that a condition looks at. */
export function factOf(condition: Pick<CompiledCondition, "fact" | "name">, facts: Facts): string | undefined {
  switch (condition.fact) {
    case "customerType":
      return facts.customerType;
    case "customer":
      return facts.customer;
    case "modality":
      return facts.modality;
    case "method":
      return facts.method;
    case "path":
      return facts.path;
    case "header":
      return facts.header(condition.name);
  }
}

/** `*` stands for any run of characters, also none. Steps back to the last star only, so the work is at most n × m. */
export function matchesGlob(glob: string, value: string): boolean {
  let g = 0;
  let v = 0;
  let star = -1;
  let resume = 0;
  while (v < value.length) {
    if (g < glob.length && glob[g] === "*") {
      star = g++;
      resume = v;
    } else if (g < glob.length && glob[g] === value[v]) {
      g++;
      v++;
    } else if (star >= 0) {
      g = star + 1;
      v = ++resume;
    } else return false;
  }
  while (g < glob.length && glob[g] === "*") g++;
  return g === glob.length;
}
