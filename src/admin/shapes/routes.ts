import { z } from "zod";
import { Slice } from "./cuts.ts";
import { Ramp } from "./ramp.ts";
import { Revision } from "./rules.ts";
import { GuardVerdict } from "./verdict.ts";

const ShadowShare = z.object({ version: z.string(), percent: z.number() });

export const Routes = z.object({
  revision: Revision,
  /** Where the rules in force were taken from. */
  from: z.enum(["store", "snapshot", "last resort", "nowhere"]),
  routes: z.array(
    z.object({
      name: z.string(),
      versions: z.array(
        z.object({
          version: z.string(),
          track: z.enum(["stable", "candidate"]),
          /** All of it. */
          cut: z.boolean(),
          /** What of it is cut besides. */
          cutSlices: z.array(z.object(Slice)),
          endpoints: z.array(z.string()),
          /** Those that get nothing at the moment from this replica, for their failures. */
          leftOut: z.array(z.string()),
          requests: z.int(),
          failures: z.int(),
          inFlight: z.int(),
          /** Of candidates: what the guard thinks. */
          verdict: GuardVerdict.optional(),
        }),
      ),
      /** Versions that answer nobody. */
      sandbox: z.array(
        z.object({
          version: z.string(),
          endpoints: z.array(z.string()),
          cut: z.boolean(),
          cutSlices: z.array(z.object(Slice)),
        }),
      ),
      /** What gets copies, where a rule does not say otherwise. */
      shadow: ShadowShare.optional(),
      /** What became of copies on this replica since its start. */
      shadows: z.array(
        z.object({
          version: z.string(),
          requests: z.int().describe("Copies that it has answered or failed."),
          failures: z.int(),
          dropped: z.int().describe("Requests of its share that were not sent, or given up."),
          inFlight: z.int(),
          compared: z.int().describe("Pairs of answers."),
          agreed: z.int(),
          agreement: z
            .object({
              verdict: z.enum(["good", "bad", "not enough data"]),
              pairs: z.int(),
              agreed: z.int(),
              sentence: z.string(),
            })
            .optional()
            .describe("What the guard thinks of it, where the route says how often it has to agree."),
        }),
      ),
      rules: z.array(
        z.object({
          name: z.string(),
          /** In the place of the route's. */
          shadow: ShadowShare.optional(),
          /** Those of now. */
          shares: z.array(z.object({ version: z.string(), percent: z.number() })),
          ramp: Ramp.optional(),
        }),
      ),
    }),
  ),
});
