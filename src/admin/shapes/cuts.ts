import { z } from "zod";

/** Of what a cut is, where it is not of a whole version. */
export const Slice = { rule: z.string().optional(), modality: z.string().optional() };

/** Where a decision about cuts is in force. */
export const CutSpread = z.object({
  versions: z.array(z.object({ route: z.string(), version: z.string(), ...Slice })),
  /** False: a restart of this replica would lose it, or the store has not got it yet. */
  stored: z.boolean(),
  /** The ids of replicas. */
  applied: z.array(z.string()),
  missing: z.array(z.object({ id: z.string(), why: z.string() })),
  /** From the request to the last acknowledgement. */
  ms: z.number(),
  summary: z.string(),
});

/** The last decision about each version, or slice of one. */
export const CutsNow = z.object({
  epoch: z.int(),
  /** How they could be lost; absent: it is not known that they could. */
  fleeting: z.string().optional(),
  cuts: z.array(
    z.object({
      route: z.string(),
      version: z.string(),
      ...Slice,
      state: z.enum(["cut", "restored"]),
      by: z.string(),
      why: z.string(),
      at: z.iso.datetime(),
      /** False: the store has not got it yet. */
      stored: z.boolean(),
    }),
  ),
});
