import { benchDecide, benchRules } from "../decide.ts";
import type { Workload } from "../workload.ts";

/** What a decision costs, and that it does not cost more with more routes. */
export const deciding: Workload = {
  name: "deciding",
  missing: () => undefined,
  run: async () => `${benchDecide()}

${benchRules()}

Finding the route and deciding the version; the best of 15 rounds.`,
};
