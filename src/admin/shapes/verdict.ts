import { z } from "zod";
import { Slice } from "./cuts.ts";

const VerdictWord = z.enum(["good", "bad", "not enough data"]);

const Counted = z.object({ requests: z.number(), events: z.number().describe("Those that failed, were slow, …") });

export const GuardVerdict = z.object({
  verdict: VerdictWord,
  /** Why, with figures, and what a verdict would take. */
  sentence: z.string(),
  /** Stable has too much of something as well. */
  bothBad: z.boolean(),
  observeOnly: z.boolean(),
  /** What was found bad: a slice, or all of it. */
  findings: z.array(z.object({ ...Slice, why: z.string() })),
  signals: z.array(
    z.object({
      signal: z.string(),
      verdict: VerdictWord,
      sentence: z.string(),
      candidate: Counted,
      stable: Counted,
      eValue: z.number().describe("The evidence that the candidate is worse than is tolerated."),
      needed: z.number().describe("How much of it is a verdict."),
      ratio: z
        .object({ low: z.number(), high: z.number().optional() })
        .describe("Between how many times stable's odds the candidate's surely lie."),
      bothBad: z.boolean(),
      oneCallers: z.boolean().describe("Nearly all of it happened to one caller."),
      needs: z.number().optional().describe("About how many more of the candidate's requests a verdict takes."),
    }),
  ),
});
