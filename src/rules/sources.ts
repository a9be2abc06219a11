import { toBytes } from "../routing/bytes.ts";
import type { Source } from "../routing/rules.ts";
import { headerFault } from "./names.ts";
import { shown } from "./rule-error.ts";
import { oneOrMany, type Read, text } from "./schema.ts";
import { closest, listed } from "./suggestion.ts";

type Word = "apiKey" | "directory" | "customer" | "session";

/** The words that stand for a source elsewhere, and why they are none here. */
type Elsewhere = Readonly<Partial<Record<Word, string>>>;

const KINDS = ["header", "jwt", "body"] as const;

/** Where the router learns who the customer is. */
export const idSources = sources("write sources such as `[header:x-customer-id]`", ["apiKey"], {
  directory: "knows a customer's type by its id: write it under `type`",
  customer: "is what `id` finds out: write where the id stands, such as `header:x-customer-id`",
  session: "is no customer: write it under a route's `stickyBy`",
});

/** Where the router learns of which type the customer is. */
export const typeSources = sources("write sources such as `[header:x-customer-type]`", ["apiKey", "directory"], {
  customer: "is an id, not a type: write `directory` to look the customer's type up",
  session: "is no customer: write it under a route's `stickyBy`",
});

/** What keeps a caller in one bucket. */
export const stickySources = sources(
  "write sources such as `[header:x-session-id, customer]`",
  ["customer", "session", "apiKey"],
  { directory: "only knows types, which many callers share: write `customer`" },
);

function sources(repair: string, words: readonly Word[], elsewhere: Elsewhere) {
  return oneOrMany(
    repair,
    text(repair, (written): Read<Source> => {
      const [kind = "", ...rest] = written.split(":");
      if (rest.length > 0) return withArgument(kind, rest.join(":"), words);
      const word = words.find((known) => known === written);
      if (word !== undefined) return { kind: "ok", value: { from: word } };
      for (const [known, why] of Object.entries(elsewhere)) if (known === written) return wrong(`\`${known}\` ${why}.`);
      const example = KINDS.find((known) => known === written);
      if (example !== undefined) return wrong(`\`${example}\` needs to know which: write \`${EXAMPLES[example]}\`.`);
      return wrong(noSource(written, words, words));
    }).meta({ only: "string", anyOf: [{ enum: words }, { pattern: "^(header:.|jwt:.|body:/)" }] }),
  );
}

const EXAMPLES = { header: "header:x-customer-id", jwt: "jwt:sub", body: "body:/user" } as const;

function withArgument(kind: string, argument: string, words: readonly Word[]): Read<Source> {
  switch (kind) {
    case "header":
      return header(argument);
    case "jwt":
      return claim(argument);
    case "body":
      return pointer(argument);
    default: {
      const meant = closest(kind, KINDS);
      return wrong(noSource(`${kind}:${argument}`, meant === undefined ? [] : [`${meant}:${argument}`], words));
    }
  }
}

function noSource(written: string, likely: readonly string[], words: readonly Word[]): string {
  const meant = closest(written, likely);
  const what = `${shown(written)} is no source`;
  if (meant !== undefined) return `${what}: did you mean \`${meant}\`?`;
  return `${what}: write one of ${listed(["header:NAME", "jwt:CLAIM", "body:/FIELD", ...words])}.`;
}

/** `header:NAME`; undefined: something else. */
export function headerOf(written: string): Read<{ readonly from: "header"; readonly name: string }> | undefined {
  return written.startsWith("header:") ? header(written.slice("header:".length)) : undefined;
}

function header(name: string): Read<{ readonly from: "header"; readonly name: string }> {
  const fault = headerFault(name);
  return fault === undefined ? { kind: "ok", value: { from: "header", name: name.toLowerCase() } } : wrong(fault);
}

function claim(name: string): Read<Source> {
  if (/^[\x21-\x7e]{1,256}$/.test(name)) return { kind: "ok", value: { from: "jwt", claim: name } };
  return wrong(`${shown(name)} cannot be the name of a claim: write one such as \`jwt:sub\`.`);
}

/** RFC 6901, but for the empty pointer: the whole body is no value. */
function pointer(written: string): Read<Source> {
  if (!written.startsWith("/")) {
    const repaired = `body:/${written.replaceAll(".", "/")}`;
    return wrong(`${shown(`body:${written}`)} does not say where in the body: write ${shown(repaired)}.`);
  }
  if (written.length > 256) return wrong("The place in the body is longer than 256 characters: write a shorter one.");
  if (/~(?![01])/.test(written)) {
    return wrong(`${shown(written)} has a \`~\` that means nothing: write \`~0\` for \`~\` and \`~1\` for \`/\`.`);
  }
  const steps = written
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return { kind: "ok", value: { from: "body", path: steps.map(toBytes) } };
}

function wrong(message: string): { readonly kind: "wrong"; readonly message: string } {
  return { kind: "wrong", message };
}
