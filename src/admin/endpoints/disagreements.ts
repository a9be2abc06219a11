import { z } from "zod";
import type { Disagreement } from "../../guard/disagreements.ts";
import { refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY } from "../endpoint.ts";
import type { RulesDesk } from "./edits.ts";

/** The last disagreements of a route that this replica has kept, the newest first. */
export type DisagreementsOf = (route: string) => readonly Disagreement[] | Promise<readonly Disagreement[]>;

export const DisagreementsNow = z.object({
  disagreements: z.array(
    z.object({
      at: z.string().describe("ISO 8601."),
      requestId: z.string(),
      version: z.string().describe("The shadow."),
      answeredBy: z.string().describe("The version that answered the client."),
      rule: z.string(),
      modality: z.string(),
      path: z.string(),
      similarity: z.number().optional().describe("How much of the answers is alike, 0 to 1."),
      where: z.string().describe("Where they differ first: in words, or as a JSON pointer."),
      primary: z.string().describe("What the client's answer has there, shortened and redacted."),
      shadow: z.string(),
    }),
  ),
});

/** Answers of a shadow that were not those of clients. They are parts of people's conversations, so operators only. */
export function disagreementsEndpoint(rules: Pick<RulesDesk, "current">, of: DisagreementsOf): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/routes/{route}/disagreements",
    about:
      "The last answers of the route's shadows, on this replica, that did not agree with what clients got, the newest first: as many " +
      "as `keep` of its `compare` says.",
    needs: "operator",
    params: z.strictObject({ route: z.string() }),
    query: z.strictObject({}),
    body: NO_BODY,
    answers: { 200: { about: "Redacted excerpts", type: "application/json", schema: DisagreementsNow } },
    refusals: { 404: { codes: ["unknown_route"] } },
    async handle({ params: { route } }) {
      const known = rules.current()?.table.routes.some((one) => one.route.name === route) ?? false;
      if (!known) return refusal(404, "unknown_route", `There is no route ${route}.`);
      const disagreements = (await of(route)).map(({ at, ...one }) => ({ at: new Date(at).toISOString(), ...one }));
      return { status: 200, json: { disagreements } };
    },
  });
}
