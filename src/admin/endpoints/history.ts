import { z } from "zod";
import type { HistoryEntry, RulesStore } from "../../store/port.ts";
import { type Refusal, refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { type Edited, History, PastRules, Revision, Written } from "../shapes/rules.ts";
import {
  EDIT_REFUSALS,
  expectedRevision,
  HELD,
  MESSAGE_HEADERS,
  MESSAGE_QUERY,
  messageOf,
  type RulesDesk,
  storeUnavailable,
  tellEdit,
} from "./edits.ts";

/** The edits of the past. */
export type Archive = Pick<RulesStore, "history" | "past">;

/** A number as it stands in a URL. */
export const numeral = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

export const UNKNOWN_REVISION = { 404: { codes: ["unknown_revision"] }, 503: { codes: ["store_unavailable"] } };

/** Who edited the rules, when and why, and the way back. */
export function historyEndpoints(rules: RulesDesk, archive: Archive): Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/api/rules/history",
      about: "The last edits of the rules, the newest first.",
      needs: "viewer",
      params: NOTHING,
      query: z.strictObject({ limit: numeral(1, 500).optional().describe("How many, 1–500; 50 unless told.") }),
      body: NO_BODY,
      answers: { 200: { about: "Who, when and why", type: "application/json", schema: History } },
      refusals: { 503: { codes: ["store_unavailable"] } },
      async handle({ query }) {
        const found = await archive.history(query.limit ?? 50);
        if (found.kind === "unavailable") return unreadable(found.why);
        return { status: 200, json: { entries: found.entries.map(edited) } };
      },
    }),
    endpoint({
      method: "get",
      path: "/api/rules/history/{revision}",
      about: "One edit, with the text that it wrote.",
      needs: "viewer",
      params: z.strictObject({ revision: numeral(0, Number.MAX_SAFE_INTEGER) }),
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "Who, when, why and what", type: "application/json", schema: PastRules } },
      refusals: UNKNOWN_REVISION,
      async handle({ params }) {
        const found = await archive.past(params.revision);
        if (found.kind === "unavailable") return unreadable(found.why);
        if (found.kind === "unknown") return unknownRevision(params.revision);
        return { status: 200, json: { ...edited(found.entry), text: found.text } };
      },
    }),
    endpoint({
      method: "post",
      path: "/api/rules/revert",
      about: "Writes the text of an earlier revision anew, as the next revision.",
      needs: "editor",
      params: NOTHING,
      query: MESSAGE_QUERY,
      headers: {
        "if-match": "The revision that the rules must have; without it, the one in force here.",
        ...MESSAGE_HEADERS,
      },
      body: { type: "application/json", schema: z.strictObject({ revision: Revision }) },
      answers: {
        200: {
          about: "The new revision, and the one whose text it has",
          type: "application/json",
          schema: Written.extend({ reverted: Revision }),
        },
        ...HELD,
      },
      refusals: { 400: { codes: ["bad_if_match"] }, ...EDIT_REFUSALS, ...UNKNOWN_REVISION },
      async handle(asked) {
        const { revision } = asked.body;
        const expected = expectedRevision(asked.header("if-match"));
        if (expected.kind === "refused") return expected.answer;
        const seen = expected.revision ?? rules.current()?.revision ?? 0;
        const found = await archive.past(revision);
        if (found.kind === "unavailable") return unreadable(found.why);
        if (found.kind === "unknown") return unknownRevision(revision);
        const message = messageOf(asked, `back to revision ${revision}`);
        const result = await rules.edit({ text: found.text, expected: seen, author: asked.who.name, message });
        return tellEdit(result, { reverted: revision });
      },
    }),
  ];
}

function edited({ at, ...entry }: HistoryEntry): z.output<typeof Edited> {
  return { ...entry, at: new Date(at).toISOString() };
}

export function unknownRevision(revision: number): Refusal {
  return refusal(
    404,
    "unknown_revision",
    `The history has no revision ${revision}: GET /api/rules/history lists them.`,
  );
}

export function unreadable(why: string) {
  return storeUnavailable(`The history cannot be read: ${why}`);
}
