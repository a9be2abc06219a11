import { z } from "zod";
import type { LiveRamps, RampStanding } from "../../store/live-ramps.ts";
import { RAMP_ORDERS } from "../../store/ramp-orders.ts";
import { refusal } from "../answer.ts";
import { type Endpoint, endpoint, NOTHING } from "../endpoint.ts";
import { Ramp } from "../shapes/ramp.ts";
import { storeUnavailable, Why } from "./edits.ts";

/** The ramps that the API shows and orders about. */
export type RampsDesk = Pick<LiveRamps, "standings" | "order">;

/** The name of whoever uses an API without tokens: nobody can tell two of them apart. */
const NOBODY = "local";

/** What people may do to a ramp. */
export function rampEndpoint(ramps: RampsDesk): Endpoint {
  return endpoint({
    method: "post",
    path: "/api/routes/{route}/rules/{rule}/ramp",
    about:
      "Pauses, resumes or aborts the ramp of a rule, skips its present step, or approves it. Aborting takes the share to 0 % at once; " +
      "resuming after that begins anew. Whoever wrote the ramp cannot approve it.",
    needs: "editor",
    params: z.strictObject({ route: z.string(), rule: z.string() }),
    query: NOTHING,
    body: {
      type: "application/json",
      schema: z.strictObject({
        order: z.enum(RAMP_ORDERS),
        why: Why.default(""),
      }),
    },
    answers: { 200: { about: "Where the ramp is now", type: "application/json", schema: Ramp } },
    refusals: {
      403: { codes: ["second_person_needed"] },
      404: { codes: ["unknown_ramp"] },
      409: { codes: ["not_started", "not_now", "version_cut"] },
      503: { codes: ["store_unavailable"] },
    },
    async handle({ params: { route, rule }, body, who }) {
      const result = await ramps.order({ route, rule, ...body, by: who.name, nameless: who.name === NOBODY });
      switch (result.kind) {
        case "done":
          return { status: 200, json: shownRamp(result.standing) };
        case "refused":
          return refusal(result.code === "second_person_needed" ? 403 : 409, result.code, result.message);
        case "unknown":
          return refusal(404, "unknown_ramp", `There is no rule ${rule} with a ramp in ${route}.`);
        case "unavailable":
          return storeUnavailable(`The store cannot be written to, the ramp stays as it is: ${result.why}`);
      }
    },
  });
}

/** As the API tells it. */
export function shownRamp({ steps, step, points, state, by, why, at, next }: RampStanding): z.output<typeof Ramp> {
  return {
    steps: steps.map((one) => ({ percent: one.points / 100, for: one.for, until: one.until })),
    step: step + 1,
    percent: points / 100,
    state,
    by,
    why,
    at: at === undefined ? undefined : new Date(at).toISOString(),
    next: next && { percent: next.points / 100, in: Math.ceil(next.in), waitsFor: [...next.waitsFor] },
  };
}

/** All of them by name, without what only time changes: for events. */
export function rampsNow(ramps: Pick<RampsDesk, "standings">): object {
  return {
    ramps: ramps.standings().map((one) => {
      const { next, ...ramp } = shownRamp(one);
      return { route: one.route.name, rule: one.rule.name, ...ramp, next: next?.percent };
    }),
  };
}
