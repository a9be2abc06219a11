import { z } from "zod";
import { UNREAD } from "../../routing/facts.ts";
import { Slice } from "./cuts.ts";
import { Revision } from "./rules.ts";

const Miss = z.object({
  fact: z.string(),
  wanted: z.array(z.string()),
  found: z.string().optional(),
  present: z.boolean(),
});

export const Explained = z.object({
  revision: Revision,
  /** Absent: no route matches. */
  decision: z
    .object({
      route: z.string(),
      rule: z.string(),
      version: z.string(),
      track: z.enum(["stable", "candidate"]),
      reason: z.string(),
    })
    .optional(),
  entries: z.array(z.object({ route: z.string(), entry: z.int(), misses: z.array(Miss) })),
  override: z.enum(["always", "never"]).optional(),
  unread: z.enum(UNREAD).optional().describe("Why rules do not know all that the body says."),
  rules: z.array(z.object({ rule: z.string(), misses: z.array(Miss) })),
  bucket: z
    .object({
      bucket: z.int(),
      source: z.string().optional(),
      absent: z.array(z.string()),
      slices: z.array(z.object({ version: z.string(), from: z.int(), to: z.int(), cut: z.boolean() })),
    })
    .optional(),
  /** Of the rule that decides; `points` of 0.01 %: what it gives now. */
  ramp: z.object({ plan: z.string(), points: z.int() }).optional(),
  /** What may get a copy; `points` of 0.01 %: how many do. */
  shadow: z
    .object({
      version: z.string(),
      points: z.int(),
      cut: z.boolean(),
      copied: z.boolean().optional().describe("Absent: it is drawn."),
    })
    .optional(),
  /** What keeps the request from the candidate. */
  cuts: z.array(z.object(Slice)),
  changes: z.array(z.looseObject({ kind: z.string() })),
  /** The same in sentences. */
  words: z.array(z.string()),
});
