import { z } from "zod";
import type { Journal } from "../../store/journal.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { Timeline } from "../shapes/timeline.ts";
import { type Archive, numeral, unreadable } from "./history.ts";

/** Everything that was decided, edits and cuts alike: who, when and why. */
export function timelineEndpoint(archive: Pick<Archive, "history">, journal: Pick<Journal, "last">): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/history",
    about: "The last edits of the rules, cuts, restorations and other decisions in one, the newest first.",
    needs: "viewer",
    params: NOTHING,
    query: z.strictObject({ limit: numeral(1, 500).optional().describe("How many, 1–500; 50 unless told.") }),
    body: NO_BODY,
    answers: { 200: { about: "What, who, when and why", type: "application/json", schema: Timeline } },
    refusals: { 503: { codes: ["store_unavailable"] } },
    async handle({ query: { limit = 50 } }) {
      const [edits, others] = await Promise.all([archive.history(limit), journal.last(limit)]);
      if (edits.kind === "unavailable") return unreadable(edits.why);
      if (others.kind === "unavailable") return unreadable(others.why);
      const all = [
        // Of one millisecond, what follows from an edit comes after it.
        ...others.entries.map(({ by, why, ...entry }) => ({ author: by, message: why, ...entry })),
        ...edits.entries.map((edit) => ({ what: "edit", ...edit })),
      ];
      const newest = all.sort((a, b) => b.at - a.at).slice(0, limit);
      const entries = newest.map((one) => ({ ...one, at: new Date(one.at).toISOString() }));
      return { status: 200, json: { entries } };
    },
  });
}
