import type { Fallback } from "../routing/rules.ts";
import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

const WORDS: readonly Fallback[] = ["never", "failures", "5xx"];

/** When stable is asked for what a candidate has failed to answer. */
export const fallback = text("write `never`, `failures` or `5xx`", (written): Read<Fallback> => {
  const word = WORDS.find((known) => known === written);
  if (word !== undefined) return { kind: "ok", value: word };
  return { kind: "wrong", message: `${shown(written)} is no fallback: write \`never\`, \`failures\` or \`5xx\`.` };
}).meta({ enum: WORDS });
