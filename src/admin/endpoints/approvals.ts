import { z } from "zod";
import { type Answer, refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import type { Decided, FourEyes } from "../four-eyes.ts";
import { Approval, Approvals, ApprovalWithText, Approved } from "../shapes/approvals.ts";
import { Mistakes } from "../shapes/rules.ts";
import { storeUnavailable, Why } from "./edits.ts";
import { shownTo, shownWaiting } from "./waiting.ts";

/** What the API shows of the edits that wait, and decides about them. */
export type ApprovalsDesk = Pick<FourEyes, "limit" | "revision" | "waiting" | "find" | "approve" | "decline">;

const PARAMS = z.strictObject({ id: z.string() });
const UNKNOWN = { 404: { codes: ["unknown_approval"] }, 503: { codes: ["store_unavailable"] } };

/** What waits for a second person, and that person's word. */
export function approvalEndpoints(eyes: ApprovalsDesk): Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/api/approvals",
      about: "What waits for a second person, the oldest first, and what whoever asks may do about it.",
      needs: "viewer",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "Who asks for what", type: "application/json", schema: Approvals } },
      refusals: { 503: { codes: ["store_unavailable"] } },
      async handle({ who }) {
        const found = await eyes.waiting();
        if (found.kind === "unavailable") return unreadable(found.why);
        const approvals = found.waiting.map((one) => shownTo(who, one, eyes.revision()));
        return { status: 200, json: { ...aboveOf(eyes), approvals } };
      },
    }),
    endpoint({
      method: "get",
      path: "/api/approvals/{id}",
      about: "One of them, with the rules as they would be.",
      needs: "viewer",
      params: PARAMS,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "Who asks for what", type: "application/json", schema: ApprovalWithText } },
      refusals: UNKNOWN,
      async handle({ params: { id }, who }) {
        const found = await eyes.find(id);
        if (found.kind === "unavailable") return unreadable(found.why);
        if (found.kind === "unknown") return unknown(id);
        const { waiting } = found;
        const text = waiting.does.kind === "edit" ? { text: waiting.text } : {};
        return { status: 200, json: { ...shownTo(who, waiting, eyes.revision()), ...text } };
      },
    }),
    endpoint({
      method: "post",
      path: "/api/approvals/{id}/approve",
      about:
        "Does what waits, as it was asked for. Whoever asked for it cannot approve it, and restoring takes the role operator. " +
        "Rules that were changed since are not overwritten.",
      needs: "editor",
      params: PARAMS,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "It is done", type: "application/json", schema: Approved } },
      refusals: {
        403: { codes: ["second_person_needed"] },
        409: { codes: ["stale_approval"] },
        422: { codes: ["invalid_rules"], more: Mistakes },
        ...UNKNOWN,
      },
      handle: async ({ params: { id }, who }) => tell(id, await eyes.approve(id, who)),
    }),
    endpoint({
      method: "post",
      path: "/api/approvals/{id}/decline",
      about: "Takes away what waits, with a reason. Whoever asked for it may do so too.",
      needs: "editor",
      params: PARAMS,
      query: NOTHING,
      body: {
        type: "application/json",
        schema: z.strictObject({ why: Why.min(1) }),
      },
      answers: { 200: { about: "What waits no more", type: "application/json", schema: Approval } },
      refusals: UNKNOWN,
      handle: async ({ params: { id }, body, who }) => tell(id, await eyes.decline(id, who, body.why)),
    }),
  ];
}

/** In percent. */
function aboveOf({ limit }: Pick<FourEyes, "limit">): { readonly above?: number } {
  return limit === undefined ? {} : { above: limit.above / 100 };
}

/** What waits, for events. */
export async function approvalsNow(eyes: Pick<FourEyes, "limit" | "waiting">): Promise<object> {
  if (eyes.limit === undefined) return { approvals: [] };
  const found = await eyes.waiting();
  if (found.kind === "unavailable") return { unavailable: found.why };
  return { ...aboveOf(eyes), approvals: found.waiting.map(shownWaiting) };
}

const GONE = "It waits no more: ask for it anew.";

function tell(id: string, decided: Decided): Answer {
  switch (decided.kind) {
    case "declined":
      return { status: 200, json: shownWaiting(decided.waiting) };
    case "own":
      return refusal(403, "second_person_needed", "You have asked for it yourself: somebody else has to approve it.");
    case "role":
      return refusal(403, "forbidden", `This takes the role ${decided.needs}.`);
    case "unknown":
      return unknown(id);
    case "unavailable":
      return unreadable(decided.why);
    case "edited": {
      const { waiting, result } = decided;
      const approval = shownWaiting(waiting);
      switch (result.kind) {
        case "written":
          return { status: 200, json: { approval, revision: result.revision, warnings: result.warnings } };
        case "refused":
          return refusal(422, "invalid_rules", `The rules have mistakes by now. ${GONE}`, { errors: result.errors });
        case "conflict": {
          const now = result.current?.revision ?? 0;
          const message = `It was made of revision ${approval.base}, and the rules are at ${now} now: it is not applied to rules that nobody has seen it with. ${GONE}`;
          return refusal(409, "stale_approval", message);
        }
        case "unavailable":
          return storeUnavailable(`The rules could not be written: ${result.why}. ${GONE}`);
      }
      break;
    }
    case "restored": {
      const { waiting, result } = decided;
      switch (result.kind) {
        case "restored":
          return { status: 200, json: { approval: shownWaiting(waiting) } };
        case "unavailable":
          return storeUnavailable(`The store cannot be written to, the version stays cut: ${result.why}. ${GONE}`);
        case "not cut":
          return refusal(409, "stale_approval", `It is not cut any more. ${GONE}`);
        case "conflict":
          return refusal(409, "stale_approval", `${result.record.by} has cut it once more meanwhile. ${GONE}`);
      }
    }
  }
}

function unknown(id: string): Answer {
  return refusal(404, "unknown_approval", `Nothing waits as ${id}: it has been decided, or has waited too long.`);
}

function unreadable(why: string): Answer {
  return storeUnavailable(`What waits cannot be read: ${why}`);
}
