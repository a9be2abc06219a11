import type { HeaderPart, Rules } from "../routing/rules.ts";
import { variable } from "./environment.ts";
import type { ReadRules } from "./read-rules.ts";
import { type Mistake, ruleErrors, shown } from "./rule-error.ts";

/**
 * Adds a warning for each environment variable that the rules name and the router does not have: no mistake of the rules, as it
 * may be there on another replica or after the next start, but what needs it is left out until then.
 */
export function withUnsetVariables(text: string, reading: ReadRules, isSet: (name: string) => boolean): ReadRules {
  if (reading.kind === "refused") return reading;
  const unset = [...usesOf(reading.rules)].filter(({ name }) => !isSet(name));
  if (unset.length === 0) return reading;
  const warnings = ruleErrors(
    unset.map((use) => warningAbout(use, text)),
    text,
  );
  return { ...reading, warnings: [...reading.warnings, ...warnings] };
}

interface Use {
  readonly name: string;
  readonly path: string;
  /** What happens without it. */
  readonly without: string;
}

function warningAbout({ name, path, without }: Use, text: string): Mistake {
  // Where it stands first, but for comments.
  const written = new RegExp(`^[^#\\n]*?(\\$\\{${name}\\})`, "dm").exec(text)?.indices?.[1]?.[0];
  const message = `The router has no environment variable ${shown(variable(name))}, so ${without}: set it and start the router anew.`;
  return { offset: written ?? 0, path, message };
}

/** Each variable once. */
function* usesOf({ customers, routes }: Rules): Iterable<Use> {
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
