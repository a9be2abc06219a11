import { glob } from "./glob.ts";

/** Which environment variables rules may name. */
export interface VariableLimits {
  allowsVariable(name: string): boolean;
}

/** `entries` are names in which `*` stands for anything; empty: all that are not the router's own. */
export function variableLimits(entries: readonly string[]): VariableLimits {
  // Names of variables are case-sensitive.
  const names = entries.map((entry) => glob(entry));
  return { allowsVariable: (name) => names.length === 0 || names.some((one) => one.test(name)) };
}
