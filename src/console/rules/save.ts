import type { z } from "zod";
import type { Held } from "../../admin/shapes/approvals.ts";
import type { Written } from "../../admin/shapes/rules.ts";
import { call } from "../api/call.ts";
import type { Base } from "./editing.ts";

/** What became of saving rules. */
export type Saved =
  | { readonly kind: "saved"; readonly revision: number }
  /** For a second person; nothing has changed yet. */
  | { readonly kind: "waits"; readonly message: string }
  | { readonly kind: "conflict"; readonly theirs: Base }
  | { readonly kind: "failed"; readonly message: string };

/** Writes rules in the place of those of a revision, and of no others. */
export async function saveRules(text: string, revision: number, message: string): Promise<Saved> {
  const query = message.trim() === "" ? "" : `?message=${encodeURIComponent(message.trim())}`;
  const headers = { "if-match": `"${revision}"` };
  const answer = await call<z.output<typeof Written> | z.output<typeof Held>>(`/api/rules${query}`, {
    method: "PUT",
    yaml: text,
    headers,
  });
  if (answer.kind === "unreachable") {
    return { kind: "failed", message: "The router cannot be reached, nothing was saved. Your draft is still here." };
  }
  if (answer.kind === "refused") {
    if (answer.status === 412) return { kind: "conflict", theirs: theirsIn(answer.body) };
    return { kind: "failed", message: answer.message };
  }
  if ("approval" in answer.value) return { kind: "waits", message: answer.value.message };
  return { kind: "saved", revision: answer.value.revision };
}

function theirsIn(body: unknown): Base {
  const { revision, text } = body as Base;
  return { revision, text };
}
