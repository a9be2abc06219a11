import { signal } from "@preact/signals";
import type { ApprovalsNow } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { onEvent, onOpened } from "./connection.ts";

/** What waits for a second person, the oldest first, and what whoever uses this browser may do about it. */
export const approvals = signal<ApprovalsNow>({ approvals: [] });

/** Follows them from now on; an edit of the rules makes those outdated that were made before it. */
export function followApprovals(): void {
  for (const name of ["approvals", "rules"]) onEvent(name, () => void askApprovals());
  onOpened(() => void askApprovals());
}

/** Asks now; what is shown stays when nobody answers. */
export async function askApprovals(): Promise<void> {
  const answer = await call<ApprovalsNow>("/api/approvals");
  if (answer.kind === "done") approvals.value = answer.value;
}
