import { z } from "zod";

/** A share that rises by itself. */
export const Ramp = z.object({
  steps: z.array(
    z.object({
      percent: z.number(),
      /** Milliseconds. */
      for: z.number().optional(),
      until: z.enum(["good", "approved"]).optional(),
    }),
  ),
  /** The present one, from 1. */
  step: z.int(),
  percent: z.number(),
  state: z.enum(["not started", "running", "paused", "aborted", "finished"]),
  /** Who brought it there, why, and when. */
  by: z.string().optional(),
  why: z.string().optional(),
  at: z.iso.datetime().optional(),
  /** Absent: it stays. */
  next: z
    .object({
      percent: z.number(),
      /** Milliseconds until the time of the present step has run. */
      in: z.number(),
      /** In words; empty: it is about to come. */
      waitsFor: z.array(z.string()),
    })
    .optional(),
});
export type Ramp = z.output<typeof Ramp>;
