import { z } from "zod";
import { refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { Checked, Mistakes, Written, YAML } from "../shapes/rules.ts";
import {
  EDIT_REFUSALS,
  etag,
  expectedRevision,
  HELD,
  MESSAGE_HEADERS,
  MESSAGE_QUERY,
  messageOf,
  type RulesDesk,
  tellEdit,
} from "./edits.ts";

/** `/api/rules`: the document as text. The ETag is its revision, without which nobody may overwrite it. */
export function rulesEndpoints(rules: RulesDesk): Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/api/rules",
      about: "The rules in force, as they were written. The ETag is their revision.",
      needs: "viewer",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "The document", type: "text/yaml", schema: z.string() } },
      refusals: { 404: { codes: ["no_rules"] } },
      handle() {
        const current = rules.current();
        if (current === undefined) {
          return refusal(404, "no_rules", 'There are no rules yet: PUT some with `If-Match: "0"`.');
        }
        return { status: 200, headers: { etag: etag(current.revision) }, text: current.text, type: "text/yaml" };
      },
    }),
    endpoint({
      method: "put",
      path: "/api/rules",
      about: "Replaces the rules. It is in force here once it is answered.",
      needs: "editor",
      params: NOTHING,
      query: MESSAGE_QUERY,
      headers: {
        "if-match": "The ETag of the rules that were edited; `*` overwrites whatever is there.",
        ...MESSAGE_HEADERS,
      },
      body: YAML,
      answers: { 200: { about: "The new revision", type: "application/json", schema: Written }, ...HELD },
      refusals: { 400: { codes: ["bad_if_match"] }, 428: { codes: ["if_match_needed"] }, ...EDIT_REFUSALS },
      async handle(asked) {
        const expected = expectedRevision(asked.header("if-match"));
        if (expected.kind === "refused") return expected.answer;
        if (expected.revision === undefined) {
          const message = "Send `If-Match` with the ETag of the rules that you have edited.";
          return refusal(428, "if_match_needed", message);
        }
        const message = messageOf(asked, "written through the API");
        const edit = { text: asked.body, expected: expected.revision, author: asked.who.name, message };
        return tellEdit(await rules.edit(edit));
      },
    }),
    endpoint({
      method: "post",
      path: "/api/rules/check",
      about: "Says whether rules would be taken, and changes nothing.",
      needs: "viewer",
      costly: true,
      params: NOTHING,
      query: NOTHING,
      body: YAML,
      answers: { 200: { about: "They would be", type: "application/json", schema: Checked } },
      refusals: { 422: { codes: ["invalid_rules"], more: Mistakes } },
      async handle({ body }) {
        const reading = await rules.read(body);
        if (reading.kind === "refused") return tellEdit(reading);
        return {
          status: 200,
          json: {
            errors: [],
            ...(reading.warnings.length === 0 ? {} : { warnings: reading.warnings }),
            routes: reading.rules.routes.map(({ name }) => name),
          },
        };
      },
    }),
  ];
}
