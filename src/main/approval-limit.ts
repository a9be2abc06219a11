import type { ApprovalLimit } from "../admin/four-eyes.ts";
import type { Settings } from "../config.ts";
import { BUCKETS } from "../routing/bucket.ts";

/** undefined: nothing needs a second person. */
export function approvalLimit({ above, expires }: Settings["approval"]): ApprovalLimit | undefined {
  return above === undefined ? undefined : { above: Math.round(above * BUCKETS), expires };
}
