import { bytesOf } from "../config/size.ts";
import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

/** How large something may be, in bytes; above 0. */
export const size = text("write a size such as `20MiB`", (written): Read<number> => {
  const bytes = bytesOf(written);
  if (bytes !== undefined && bytes > 0) return { kind: "ok", value: bytes };
  const repair = /^\d+$/.test(written) && Number(written) > 0 ? `\`${written}B\` or \`${written}MiB\`` : "`20MiB`";
  return { kind: "wrong", message: `${shown(written)} is no size: write one with its unit, such as ${repair}.` };
});
