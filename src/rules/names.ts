import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

/** A name of a route, rule, version or customer type: it becomes a label and a header, so it is short and plain. */
export function name(repair: string, taken: readonly string[] = []): ReturnType<typeof text<string>> {
  return text(repair, (written): Read<string> => {
    const why = fault(written, taken);
    return why === undefined
      ? { kind: "ok", value: written }
      : { kind: "wrong", message: `${shown(written)} ${why}: ${repair}.` };
  });
}

function fault(written: string, taken: readonly string[]): string | undefined {
  if (written.length > 64) return `is a name of ${written.length} characters, and 64 are the most`;
  if (written === "") return "is no name";
  if (!/^[\x21-\x7e]+( +[\x21-\x7e]+)*$/.test(written)) {
    return "has characters that cannot be in a header or a label (plain ASCII letters, digits, signs and inner spaces can)";
  }
  return taken.includes(written) ? "is a name with a meaning of its own" : undefined;
}

/** The repair of a header's name that is none; undefined: it is fine. */
export function headerFault(written: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(written)) {
    return `${shown(written)} cannot be the name of a header: write one such as \`x-customer-id\`.`;
  }
  if (written.toLowerCase().startsWith("x-canary-")) {
    return `Headers named \`x-canary-…\` are the router's own and are dropped when a client sends them: write another one than ${shown(written)}.`;
  }
  return undefined;
}
