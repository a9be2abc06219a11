import type { ApprovalNow } from "../api/answers.ts";
import { forbidden } from "../session.ts";

/** Why whoever uses this browser cannot approve it; undefined: they can. */
export function whyNotApprove({ mayApprove, outdated, needs }: ApprovalNow): string | undefined {
  if (mayApprove) return undefined;
  if (outdated) return "The rules have been changed since: it has to be asked for again.";
  return forbidden(needs) ?? "You have asked for it yourself: somebody else has to approve it.";
}

/** Why they cannot decline it. */
export function whyNotDecline({ mayDecline, needs }: ApprovalNow): string | undefined {
  return mayDecline ? undefined : forbidden(needs);
}
