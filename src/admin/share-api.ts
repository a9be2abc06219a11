import { json, type Request, type Response, Router } from "express";
import { z } from "zod";
import { setShare } from "../rules/edit-rules.ts";
import { refuse } from "./answers.ts";
import { type RulesDesk, tellEdit } from "./rules-api.ts";

/** How often a change is applied anew because somebody else was faster. */
const ATTEMPTS = 5;

const Body = z.strictObject({
  candidate: z.string(),
  /** Needed only where the rule splits between several. */
  version: z.string().optional(),
});

interface Target {
  readonly route: string;
  readonly rule: string;
}

/** `PATCH /api/routes/:route/rules/:rule {"candidate": "10%"}`: changes one share in the text and nothing else. */
export function shareApi(rules: RulesDesk): Router {
  const router = Router();
  router.patch(
    "/:route/rules/:rule",
    json({ type: () => true, limit: "16kb", inflate: false }),
    async (request: Request<{ route: string; rule: string }>, response) => {
      const body = Body.safeParse(request.body);
      if (!body.success)
        return refuse(
          response,
          400,
          "bad_request",
          'Send {"candidate": "10%"}; with several candidates also "version".',
        );
      await patch(rules, request.params, body.data, response);
    },
  );
  return router;
}

async function patch(
  rules: RulesDesk,
  { route, rule }: Target,
  { candidate, version }: z.output<typeof Body>,
  response: Response,
): Promise<void> {
  const current = rules.current();
  const known = current?.table.routes.find((one) => one.route.name === route);
  if (known === undefined) return refuse(response, 404, "unknown_route", `There is no route ${route}.`);
  if (!known.rules.some((one) => one.rule.name === rule)) {
    return refuse(response, 404, "unknown_rule", `The route ${route} has no rule ${rule}.`);
  }
  let base: { readonly text: string; readonly revision: number } | undefined = current;
  for (let attempt = 1; base !== undefined; attempt++) {
    const edited = setShare(base.text, route, rule, version, candidate);
    if (edited.kind === "refused") return tellEdit(response, edited);
    const message = `${rule} of ${route} to ${candidate}`;
    const result = await rules.edit({ text: edited.text, expected: base.revision, author: "api", message });
    // Foreign text has no revision to compare with until somebody has read it.
    const again = result.kind === "conflict" && result.current?.foreign === false && attempt < ATTEMPTS;
    if (!again) return tellEdit(response, result, { route, rule, candidate });
    base = result.current;
  }
}
