import { z } from "zod";

/** A rules document as a body. */
export const YAML = { type: "text/yaml", schema: z.string() } as const;

export const Revision = z.int().nonnegative();

const Mistake = z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() });

export const Mistakes = z.object({ errors: z.array(Mistake) });

/** Not refused, but somebody should know. */
export const warnings = z.array(Mistake).default([]).describe("What is no reason to refuse the rules.");

/** The current rules, for whoever edited older ones. */
export const Current = z.object({ revision: Revision, text: z.string() });

export const Written = z.object({ revision: Revision, warnings });

export const Checked = z.object({ errors: z.array(z.never()), warnings, routes: z.array(z.string()) });

/** Who edited the rules, when and why. */
export const Edited = z.object({
  revision: Revision,
  author: z.string(),
  approver: z.string().optional().describe("The second person, where it took one."),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  message: z.string(),
});

export const History = z.object({ entries: z.array(Edited) });

export const PastRules = Edited.extend({ text: z.string() });
