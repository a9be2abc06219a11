import { z } from "zod";
import type { ImaginedRequest } from "../../proxy/explain-request.ts";
import type { Explanation } from "../../routing/explain.ts";
import type { CurrentRules } from "../../store/live-rules.ts";
import { type Refusal, refusal } from "../answer.ts";
import { type Endpoint, endpoint, NOTHING } from "../endpoint.ts";
import { Explained } from "../shapes/explained.ts";
import type { RulesDesk } from "./edits.ts";

export type Explain = (request: ImaginedRequest, rules: CurrentRules) => Promise<Explanation>;

const Imagined = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z][A-Z-]{0,30}$/)
    .default("POST"),
  path: z.string().startsWith("/").max(16_384).describe("With its query."),
  headers: z
    .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string())
    .default({})
    .describe("By names in any case. They are believed: whoever asks may ask for anybody."),
  body: z
    .union([z.string(), z.looseObject({})])
    .optional()
    .describe("Text, or JSON."),
});

/** What would be decided, and why. */
export function explainEndpoint(rules: Pick<RulesDesk, "current">, explain: Explain): Endpoint {
  return endpoint({
    method: "post",
    path: "/api/explain",
    about: "Which version would answer a request, why, and what would change it. Nothing is sent to anybody.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: { type: "application/json", schema: Imagined },
    answers: { 200: { about: "The decision and the way to it", type: "application/json", schema: Explained } },
    refusals: { 404: { codes: ["no_rules"] } },
    async handle({ body: { method, path, headers, body } }) {
      const current = rules.current();
      if (current === undefined) return refusal(404, "no_rules", "There are no rules yet.");
      const text = textOf(body);
      if (typeof text === "object") return text;
      const typed = typeof body === "object" ? { "content-type": "application/json", ...lowerCase(headers) } : headers;
      const explanation = await explain({ method, path, headers: typed, body: text }, current);
      return { status: 200, json: { revision: current.revision, ...explanation } };
    },
  });
}

function textOf(body: z.output<typeof Imagined>["body"]): string | undefined | Refusal {
  if (body === undefined || typeof body === "string") return body;
  try {
    return JSON.stringify(body);
  } catch {
    return refusal(400, "bad_request", "The body is nested too deeply to be written as text: send it as text.");
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
