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
    }),
  ),
});
