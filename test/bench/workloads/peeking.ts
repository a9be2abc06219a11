import { benchPeek } from "../peek.ts";
import type { Workload } from "../workload.ts";

/** What it costs to read in a body what is asked, and that an image in it costs next to nothing. */
export const peeking: Workload = {
  name: "peeking",
  missing: () => undefined,
  run: async () => `${benchPeek()}

Reading bodies that are in memory; the best of 9 rounds.`,
};
