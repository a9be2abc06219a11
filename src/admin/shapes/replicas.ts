import { z } from "zod";
import { Revision } from "./rules.ts";

export const Replicas = z.object({
  revision: Revision,
  current: z.int(),
  summary: z.string(),
  replicas: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      revision: Revision,
      cutEpoch: z.int(),
      lag: z.number(),
      build: z.string(),
      heard: z.number(),
      state: z.enum(["current", "behind", "silent"]),
      why: z.string().optional(),
      workers: z
        .object({
          wanted: z.int(),
          forwarding: z.int().describe("How many take requests at the moment."),
          ended: z.int().describe("How many have ended though nobody had asked them to."),
          lastEnded: z.iso.datetime().optional().describe("When the last of these did, and was replaced."),
        })
        .optional()
        .describe("The processes that forward there. Absent: its build does not say."),
    }),
  ),
});
