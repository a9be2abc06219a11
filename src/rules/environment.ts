import type { HeaderPart } from "../routing/rules.ts";

/** How the document names an environment variable, whose value stands nowhere in it. */
export function variable(name: string): string {
  return `\${${name}}`;
}

/** The name in `${NAME}`; undefined: it is written otherwise. */
export function variableOf(written: string): string | undefined {
  return /^\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}$/.exec(written)?.[1];
}

/**
 * What is wrong with naming this variable in rules; undefined: nothing. The router's own hold its admin token and its passwords: whoever
 * edits rules could have them sent to an endpoint.
 */
export function variableFault(name: string): string | undefined {
  if (!/^(CANARY|OTEL)_/i.test(name)) return undefined;
  return `\`${variable(name)}\` is a setting of the router itself, which no rule gets: name the variable otherwise.`;
}

/** A piece of a text that may be `${NAME}`; undefined: it begins like one and is none. */
export function asPart(piece: string): HeaderPart | undefined {
  if (!piece.startsWith("${")) return { from: "text", text: piece };
  const env = variableOf(piece);
  return env === undefined ? undefined : { from: "env", env };
}
