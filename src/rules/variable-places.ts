import type { VariableLimits } from "../config/variable-limits.ts";
import type { Rules } from "../routing/rules.ts";
import { variable } from "./environment.ts";
import { pathText } from "./path.ts";
import { child, type Place, textAt } from "./place.ts";
import { type Mistake, shown } from "./rule-error.ts";
import { variableUses } from "./variable-uses.ts";
import { versionPlaces } from "./version-places.ts";

/** Finds environment variables that rules may not name, wherever they stand; undefined: there are none. */
export function forbiddenVariables(
  rules: Rules,
  { allowsVariable }: VariableLimits,
): ((root: Place) => readonly Mistake[]) | undefined {
  const wrong = new Set([...variableUses(rules)].map(({ name }) => name).filter((name) => !allowsVariable(name)));
  if (wrong.size === 0) return undefined;
  return (root) =>
    [...placesOf(root, rules)].flatMap((at) =>
      [...(textAt(at) ?? "").matchAll(/\$\{([^}]*)\}/g)].flatMap(([, name = ""]) =>
        wrong.has(name) ? [notAllowed(name, at)] : [],
      ),
    );
}

function notAllowed(name: string, at: Place): Mistake {
  const message = `The environment variable ${shown(variable(name))} is none that rules may name: the setting proxy.allowedVariables says which are; name one of those, or have it added.`;
  return { offset: at.offset, path: pathText(at.path), message };
}

/** Where texts stand that may name variables. */
function* placesOf(root: Place, { routes }: Rules): Iterable<Place> {
  yield child(child(child(root, "customers"), "jwt"), "secret");
  for (const [i, route] of routes.entries()) {
    for (const [, version] of versionPlaces(child(child(root, "routes"), i), route)) {
      const headers = child(version, "headers");
      for (const name of headers.node?.entries.keys() ?? []) yield child(headers, name);
    }
  }
}
