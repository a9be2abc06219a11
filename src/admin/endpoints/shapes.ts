import { z } from "zod";

/** What stands in several answers of the API. The CLI reads answers by the same schemas. */

export const Revision = z.int().nonnegative();

const Mistake = z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() });

export const Mistakes = z.object({ errors: z.array(Mistake) });

/** The current rules, for whoever edited older ones. */
export const Current = z.object({ revision: Revision, text: z.string() });

export const Failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Who edited the rules, when and why. */
export const Edited = z.object({
  revision: Revision,
  author: z.string(),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  message: z.string(),
});

export const History = z.object({ entries: z.array(Edited) });
export const PastRules = Edited.extend({ text: z.string() });
export const Written = z.object({ revision: Revision });
export const Checked = z.object({ errors: z.array(z.never()), routes: z.array(z.string()) });
