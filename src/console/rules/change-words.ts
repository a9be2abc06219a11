import { call } from "../api/call.ts";
import type { ChangesAnswer } from "../api/editor-answers.ts";

/** What a text changes, in the router's words. */
export type ChangeWords =
  /** None: nothing that the router decides by. */
  { readonly kind: "words"; readonly words: readonly string[] } | { readonly kind: "untold"; readonly why: string };

/** What a text changes of the rules of a revision. */
export async function changeWords(since: number, text: string): Promise<ChangeWords> {
  // Between no rules and some there is nothing to compare.
  if (since === 0) return { kind: "untold", why: "There were no rules before these." };
  const answer = await call<ChangesAnswer>(`/api/rules/differences?since=${since}`, { method: "POST", yaml: text });
  if (answer.kind === "done") return { kind: "words", words: answer.value.words };
  return { kind: "untold", why: answer.kind === "refused" ? answer.message : "The router cannot be reached." };
}
