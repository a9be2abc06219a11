import { type Request, type Response, Router, raw } from "express";
import { readRules } from "../rules/read-rules.ts";
import type { EditResult, LiveRules } from "../store/live-rules.ts";
import { refuse } from "./answers.ts";

/** The rules that the API shows and edits. */
export type RulesDesk = Pick<LiveRules, "current" | "edit">;

/** `/api/rules`: the document as text. The ETag is its revision, without which nobody may overwrite it. */
export function rulesApi(rules: RulesDesk): Router {
  const router = Router();
  const yaml = raw({ type: () => true, limit: "1mb", inflate: false });

  router.get("/", (_, response) => {
    const current = rules.current();
    if (current === undefined)
      return refuse(response, 404, "no_rules", 'There are no rules yet: PUT some with `If-Match: "0"`.');
    response.set("etag", etag(current.revision)).type("text/yaml").send(current.text);
  });

  router.put("/", yaml, async (request, response) => {
    const expected = expectedRevision(request, response);
    const text = expected === undefined ? undefined : bodyText(request, response);
    if (expected === undefined || text === undefined) return;
    tellEdit(response, await rules.edit({ text, expected, author: "api", message: "written through the API" }));
  });

  router.post("/check", yaml, (request, response) => {
    const text = bodyText(request, response);
    if (text === undefined) return;
    const reading = readRules(text);
    if (reading.kind === "refused") tellEdit(response, reading);
    else response.json({ errors: [], routes: reading.rules.routes.map(({ name }) => name) });
  });

  return router;
}

/** What became of an edit; `more` is told when it was written. */
export function tellEdit(response: Response, result: EditResult, more: object = {}): void {
  switch (result.kind) {
    case "written":
      response.set("etag", etag(result.revision)).json({ revision: result.revision, ...more });
      return;
    case "conflict": {
      const { revision, text } = result.current ?? { revision: 0, text: "" };
      response.set("etag", etag(revision));
      const message = `The rules have been changed meanwhile, they are at revision ${revision} now: apply your change to that text.`;
      refuse(response, 412, "conflict", message, { revision, text });
      return;
    }
    case "refused":
      refuse(response, 422, "invalid_rules", "The rules have mistakes and are not taken.", { errors: result.errors });
      return;
    case "unavailable":
      refuse(response, 503, "store_unavailable", `The store cannot be written to, nothing has changed: ${result.why}`);
  }
}

function etag(revision: number): string {
  return `"${revision}"`;
}

/** The revision that the editor saw; undefined: the answer has been given. */
function expectedRevision(request: Request, response: Response): number | "any" | undefined {
  const sent = request.get("if-match");
  if (sent === "*") return "any";
  // A proxy that compresses makes the tag a weak one.
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(sent ?? "")?.[1];
  if (digits !== undefined) return Number(digits);
  if (sent === undefined) {
    refuse(response, 428, "if_match_needed", "Send `If-Match` with the ETag of the rules that you have edited.");
  } else {
    refuse(
      response,
      400,
      "bad_if_match",
      `If-Match is ${sent}: send one ETag such as "7", or * to overwrite whatever is there.`,
    );
  }
  return undefined;
}

function bodyText(request: Request, response: Response): string | undefined {
  const body: unknown = request.body;
  try {
    // express leaves the body undefined where none was sent.
    return body instanceof Uint8Array ? new TextDecoder("utf-8", { fatal: true }).decode(body) : "";
  } catch {
    refuse(response, 400, "not_utf8", "The body is not UTF-8 text.");
    return undefined;
  }
}
