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

function compileCondition(condition: Condition): CompiledCondition {
  const values = condition.values.map(toBytes);
  return {
    fact: condition.fact,
    name: condition.fact === "header" ? condition.name : "",
    exact: new Set(values.filter((value) => !value.includes("*"))),
    globs: values.filter((value) => value.includes("*")),
  };
}

/** Made ready in the order of what they cost to ask: the body is read only for a request that fits otherwise. */
export function compileConditions(conditions: readonly Condition[]): readonly CompiledCondition[] {
  return conditions.map(compileCondition).sort((one, other) => COST[one.fact] - COST[other.fact]);
}

/** 0: in the head; 1: may need a look-up or the body; 2: mostly needs the body. */
const COST: Readonly<Record<Condition["fact"], number>> = {
  method: 0,
  path: 0,
  header: 0,
  customer: 1,
  customerType: 1,
  modality: 1,
  model: 2,
  stream: 2,
  stateful: 2,
};

export function holdAll(conditions: readonly CompiledCondition[], facts: Facts): boolean {
  for (const condition of conditions) if (!holds(condition, facts)) return false;
  return true;
}

export function holds(condition: CompiledCondition, facts: Facts): boolean {
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
    case "model":
      return facts.model;
    case "stream":
      return facts.stream === undefined ? undefined : facts.stream ? "true" : "false";
    case "method":
      return facts.method;
    case "path":
      return facts.path;
    case "stateful":
      return facts.stateful ? "true" : "false";
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
