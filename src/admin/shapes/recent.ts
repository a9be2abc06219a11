import { z } from "zod";

const Milliseconds = z.number().nullable();

/** The last minutes of every version. */
export const Recent = z.object({
  /** Milliseconds from one point to the next. */
  every: z.int(),
  versions: z.array(
    z.object({
      route: z.string(),
      version: z.string(),
      track: z.enum(["stable", "candidate"]),
      /** The oldest first. */
      points: z.array(
        z.object({
          requests: z.number(),
          failures: z.number(),
          wanted: z.number().describe("How many the rules would have given it, on average, of what was asked."),
          p50: Milliseconds.describe("Estimates of the last half minute, in ms; null: there were no requests."),
          p95: Milliseconds,
          firstByte50: Milliseconds,
          firstToken50: Milliseconds.describe("Of answers that came as a stream of tokens."),
        }),
      ),
    }),
  ),
});
