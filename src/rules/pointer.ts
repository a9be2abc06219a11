import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

/** A JSON pointer (RFC 6901), with `*` for any one: its steps, unescaped. Never empty. */
export const pointer = text("write a JSON pointer such as `/id`", (written): Read<readonly string[]> => {
  if (/^(\/([^~/]|~[01])*)+$/.test(written)) {
    const steps = written.slice(1).split("/");
    return { kind: "ok", value: steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")) };
  }
  return {
    kind: "wrong",
    message: `${shown(written)} is no JSON pointer: write one such as \`/id\` or \`/choices/*/logprobs\`.`,
  };
});
