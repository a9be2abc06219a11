import { benchGuard } from "../guard.ts";
import { benchReading } from "../guard-reading.ts";
import type { Workload } from "../workload.ts";

/** What the guard does to canaries that are made up, and what reading answers for it costs. */
export const guarding: Workload = {
  name: "guard",
  document: "docs/guard.md",
  missing: () => undefined,
  run: async () => `${benchGuard(10_000, 60_000, 100)}\n\n${benchReading()}`,
};
