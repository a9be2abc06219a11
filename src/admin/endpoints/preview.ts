import { z } from "zod";
import type { Preview } from "../../routing/preview.ts";
import type { Rules } from "../../routing/rules.ts";
import type { CurrentRules } from "../../store/live-rules.ts";
import { refusal } from "../answer.ts";
import { type Endpoint, endpoint, NOTHING } from "../endpoint.ts";
import { Mistakes, YAML } from "../shapes/rules.ts";
import { type RulesDesk, tellEdit } from "./edits.ts";

/** Decides the last requests that were seen by a draft, and by the rules in force. */
export type TryDraft = (draft: Rules, current: CurrentRules) => Promise<Preview>;

const Count = z.object({ requests: z.int(), callers: z.int().describe("Different customers, or keys.") });
const Group = z.object({ seen: Count, moves: z.record(z.string(), Count).describe("By direction.") });
const Named = Group.extend({ name: z.string() });
const Where = z.looseObject({ version: z.string(), track: z.string() }).optional();

export const Previewed = z.object({
  revision: z.int().describe("Of the rules that the draft is compared with."),
  total: Group,
  routes: z.array(Named),
  rules: z.array(Named.extend({ route: z.string() })),
  customerTypes: z.array(Named),
  modalities: z.array(Named),
  examples: z.array(
    z.object({
      direction: z.string(),
      caller: z.string().optional().describe("A stand-in: the same caller has the same one."),
      customerType: z.string(),
      modality: z.string(),
      before: Where,
      after: Where,
    }),
  ),
  unsure: z.object({ requests: z.int(), missing: z.array(z.string()) }),
  copied: z
    .object({ before: z.int(), after: z.int() })
    .describe("How many of them a shadow's share has in it, by the rules in force and by the draft."),
  inexact: z.boolean().describe("The numbers are a sample's, and who moves is not known."),
});

/** What a draft would have done with the last requests. */
export function previewEndpoint(rules: Pick<RulesDesk, "current" | "read">, tryDraft: TryDraft): Endpoint {
  return endpoint({
    method: "post",
    path: "/api/preview",
    about:
      "How many of the last requests that this replica has seen, and whose, a draft of the rules would move, in which direction.",
    needs: "viewer",
    costly: true,
    params: NOTHING,
    query: NOTHING,
    body: YAML,
    answers: { 200: { about: "What would have moved", type: "application/json", schema: Previewed } },
    refusals: { 404: { codes: ["no_rules"] }, 422: { codes: ["invalid_rules"], more: Mistakes } },
    async handle({ body }) {
      const current = rules.current();
      if (current === undefined) return refusal(404, "no_rules", "There are no rules yet.");
      const reading = await rules.read(body);
      if (reading.kind === "refused") return tellEdit(reading);
      return { status: 200, json: { revision: current.revision, ...(await tryDraft(reading.rules, current)) } };
    },
  });
}
