import type { TryDraft } from "../admin/endpoints/preview.ts";
import { previewing } from "../routing/preview.ts";
import { withRamps } from "../routing/ramp.ts";
import { compiling } from "../routing/table.ts";
import { inSlices } from "../slices.ts";
import type { LiveRamps } from "../store/live-ramps.ts";
import type { Forwarding } from "./forwarding.ts";

/** Tries drafts, with their ramps where they are now, on the last requests. `secret`: 32 bits that stand-ins are made with. */
export function tryDraft(
  ramps: Pick<LiveRamps, "positions">,
  forwarding: Pick<Forwarding, "seen">,
  secret: number,
): TryDraft {
  return async (draft, { table, cuts, revision }) => {
    const ready = await inSlices(compiling(withRamps(draft, ramps.positions()), revision));
    const terms = { cuts, now: Date.now(), secret };
    return inSlices(previewing(ready, table, await forwarding.seen(), terms));
  };
}
