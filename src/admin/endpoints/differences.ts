import { z } from "zod";
import { wordsBetween } from "../../rules/words.ts";
import { type Endpoint, endpoint, NOTHING } from "../endpoint.ts";
import { Mistakes, Revision, YAML } from "../shapes/rules.ts";
import { type RulesDesk, tellEdit } from "./edits.ts";
import { type Archive, numeral, UNKNOWN_REVISION, unknownRevision, unreadable } from "./history.ts";

/** What changes. */
export const Changes = z.object({
  since: Revision,
  words: z.array(z.string()).describe("None: nothing that the router decides by, or the older rules cannot be read."),
});

/** What rules change of those of a revision, in words. */
export function differencesEndpoint(rules: RulesDesk, archive: Archive): Endpoint {
  return endpoint({
    method: "post",
    path: "/api/rules/differences",
    about: "What rules would change of those of a revision, in words. Changes nothing.",
    needs: "viewer",
    params: NOTHING,
    query: z.strictObject({
      since: numeral(0, Number.MAX_SAFE_INTEGER)
        .optional()
        .describe("The revision that they are compared with; the one in force unless told, 0 for no rules."),
    }),
    body: YAML,
    answers: { 200: { about: "The changes, one a line", type: "application/json", schema: Changes } },
    refusals: { 422: { codes: ["invalid_rules"], more: Mistakes }, ...UNKNOWN_REVISION },
    async handle({ query, body }) {
      const current = rules.current() ?? { revision: 0, text: "" };
      const { since = current.revision } = query;
      let before = since === current.revision ? current.text : "";
      if (since !== current.revision && since > 0) {
        const found = await archive.past(since);
        if (found.kind === "unavailable") return unreadable(found.why);
        if (found.kind === "unknown") return unknownRevision(since);
        before = found.text;
      }
      const after = await rules.read(body);
      if (after.kind === "refused") return tellEdit(after);
      return { status: 200, json: { since, words: wordsBetween(await rules.read(before), after) } };
    },
  });
}
