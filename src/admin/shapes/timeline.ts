import { z } from "zod";
import { Revision } from "./rules.ts";

/** Edits of the rules, cuts and whatever else was decided, in one line. */
export const Timeline = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      author: z.string(),
      approver: z.string().optional().describe("The second person, where it took one."),
      /** `edit`, `cut`, `restored`, … */
      what: z.string(),
      /** Of an edit. */
      revision: Revision.optional(),
      /** Of everything else. */
      route: z.string().optional(),
      version: z.string().optional(),
      rule: z.string().optional(),
      modality: z.string().optional(),
      message: z.string(),
    }),
  ),
});
export type Timeline = z.output<typeof Timeline>;
