import type { Source } from "../routing/rules.ts";
import { headerFault } from "./names.ts";
import { shown } from "./rule-error.ts";
import { oneOrMany, type Read, text } from "./schema.ts";
import { closest } from "./suggestion.ts";

/** Sources of the language that this release cannot read yet. */
const LATER = /^(jwt:.*|apiKey|directory)$/s;

/** Where the router learns who the customer is, or of which type. */
export const identitySources = sources("write sources such as `[header:x-customer-id]`", []);

/** What keeps a caller in one bucket. */
export const stickySources = sources("write sources such as `[header:x-session-id, customer]`", ["customer"]);

function sources(repair: string, words: readonly "customer"[]) {
  return oneOrMany(
    repair,
    text(repair, (written): Read<Source> => {
      const header = headerOf(written);
      if (header !== undefined) return header;
      if (LATER.test(written)) {
        return wrong(`The source ${shown(written)} is not supported by this release: write \`header:NAME\`.`);
      }
      const word = words.find((known) => known === written);
      if (word !== undefined) return { kind: "ok", value: { from: word } };
      const meant = closest(written, words);
      const instead = meant === undefined ? repair : `did you mean \`${meant}\``;
      return wrong(`${shown(written)} is no source: ${instead}${meant === undefined ? "." : "?"}`);
    }),
  );
}

/** `header:NAME`; undefined: something else. */
export function headerOf(written: string): Read<{ readonly from: "header"; readonly name: string }> | undefined {
  if (!written.startsWith("header:")) return undefined;
  const name = written.slice("header:".length);
  const fault = headerFault(name);
  return fault === undefined ? { kind: "ok", value: { from: "header", name: name.toLowerCase() } } : wrong(fault);
}

function wrong(message: string): { readonly kind: "wrong"; readonly message: string } {
  return { kind: "wrong", message };
}
