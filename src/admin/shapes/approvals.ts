import { z } from "zod";
import { ROLES } from "../../config/roles.ts";
import { Slice } from "./cuts.ts";
import { Revision, warnings } from "./rules.ts";

/** What waits for a second person. */
export const Approval = z.object({
  id: z.string(),
  kind: z.enum(["edit", "restore"]),
  by: z.string().describe("Who has asked for it: somebody else has to approve it."),
  message: z.string().describe("Why."),
  at: z.iso.datetime(),
  expires: z.iso.datetime().describe("From then on it has to be asked for again."),
  raises: z.array(z.string()).describe("What it gives beyond the limit, a sentence for each."),
  needs: z.enum(ROLES).describe("The least role that may approve it."),
  base: Revision.optional().describe(
    "Of an edit: the revision that it was made of, the only one that it can be applied to.",
  ),
  route: z.string().optional().describe("Of a restoration, as all that follows."),
  version: z.string().optional(),
  ...Slice,
});
export type Approval = z.output<typeof Approval>;

/** The answer to what was not done because it waits. */
export const Held = z.object({ approval: Approval, message: z.string() });

const OneOfApprovals = Approval.extend({
  outdated: z.boolean().describe("The rules have been changed since: it cannot be approved any more."),
  mayApprove: z.boolean().describe("Whether whoever asks may."),
  mayDecline: z.boolean(),
});

export const Approvals = z.object({
  above: z.number().optional().describe("The percentage above which something waits; absent: nothing does."),
  approvals: z.array(OneOfApprovals),
});

export const ApprovalWithText = OneOfApprovals.extend({
  text: z.string().optional().describe("Of an edit: the rules as they would be."),
});

export const Approved = z.object({
  approval: Approval,
  revision: Revision.optional().describe("Of an edit: the new one."),
  warnings,
});
