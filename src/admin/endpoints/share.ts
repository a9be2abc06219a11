import { z } from "zod";
import { setShareApart } from "../../rules/read-apart.ts";
import { type Answer, refusal } from "../answer.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { Written } from "../shapes/rules.ts";
import { EDIT_REFUSALS, HELD, MESSAGE_HEADERS, MESSAGE_QUERY, messageOf, type RulesDesk, tellEdit } from "./edits.ts";

/** How often a change is applied anew because somebody else was faster. */
const ATTEMPTS = 5;

const Wanted = z.strictObject({
  candidate: z.string().describe("The share, such as 10%."),
  version: z.string().optional().describe("Needed only where the rule splits between several."),
});
type Wanted = z.output<typeof Wanted>;

interface Change extends Wanted {
  readonly route: string;
  readonly rule: string;
  readonly author: string;
  readonly message: string;
}

/** Changes one share in the text and nothing else. */
export function shareEndpoint(rules: RulesDesk): Endpoint {
  return endpoint({
    method: "patch",
    path: "/api/routes/{route}/rules/{rule}",
    about:
      "Changes the share that one rule gives. Comments, order and formatting of the document stay. Lowering waits for nobody: tests of the document that fail then are told as warnings.",
    needs: "editor",
    params: z.strictObject({ route: z.string(), rule: z.string() }),
    query: MESSAGE_QUERY,
    headers: MESSAGE_HEADERS,
    body: { type: "application/json", schema: Wanted },
    answers: {
      200: {
        about: "The new revision",
        type: "application/json",
        schema: Written.extend({ route: z.string(), rule: z.string(), candidate: z.string() }),
      },
      ...HELD,
    },
    refusals: { 404: { codes: ["unknown_route", "unknown_rule"] }, ...EDIT_REFUSALS },
    handle(asked) {
      const { params, body, who } = asked;
      const message = messageOf(asked, `${params.rule} of ${params.route} to ${body.candidate}`);
      return change(rules, { ...params, ...body, author: who.name, message });
    },
  });
}

async function change(rules: RulesDesk, asked: Change): Promise<Answer> {
  const { route, rule, version, candidate, author, message } = asked;
  const current = rules.current();
  const known = current?.table.routes.find((one) => one.route.name === route);
  if (current === undefined || known === undefined) {
    return refusal(404, "unknown_route", `There is no route ${route}.`);
  }
  if (!known.rules.some((one) => one.rule.name === rule)) {
    return refusal(404, "unknown_rule", `The route ${route} has no rule ${rule}.`);
  }
  let base: { readonly text: string; readonly revision: number } = current;
  for (let attempt = 1; ; attempt++) {
    const edited = await setShareApart(base.text, { route, rule, version, share: candidate });
    if (edited.kind === "refused") return tellEdit(edited);
    const edit = { text: edited.text, expected: base.revision, author, message };
    const result = await rules.edit(edit, edited.lowered ? "told" : "refused");
    // Foreign text has no revision to compare with until somebody has read it.
    const again = result.kind === "conflict" && result.current?.foreign === false && attempt < ATTEMPTS;
    if (!again) return tellEdit(result, { route, rule, candidate });
    base = result.current;
  }
}
