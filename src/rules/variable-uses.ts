import type { HeaderPart, Rules } from "../routing/rules.ts";
import { shown } from "./rule-error.ts";

/** An environment variable that rules name. */
export interface VariableUse {
  readonly name: string;
  readonly path: string;
  /** What happens without it. */
  readonly without: string;
}

/** Each variable once. */
export function* variableUses({ customers, routes }: Rules): Iterable<VariableUse> {
  const told = new Set<string>();
  const { jwt } = customers;
  if (jwt?.keys.from === "secret") {
    told.add(jwt.keys.env);
    yield { name: jwt.keys.env, path: "customers.jwt.secret", without: "no token can be verified" };
  }
  for (const [i, { stable, candidates, sandbox = [] }] of routes.entries()) {
    for (const { version, headers = [] } of [stable, ...candidates, ...sandbox]) {
      for (const { name: header, value } of headers) {
        for (const name of variablesIn(value)) {
          if (told.has(name)) continue;
          told.add(name);
          const without = `the version ${shown(version)} does not get its header ${shown(header)}`;
          yield { name, path: `routes[${i}]`, without };
        }
      }
    }
  }
}

function variablesIn(value: readonly HeaderPart[]): readonly string[] {
  return value.flatMap((part) => (part.from === "env" ? [part.env] : []));
}
