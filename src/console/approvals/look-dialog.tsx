import { useSignal } from "@preact/signals";
import type { ApprovalNow, ApprovedNow } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { askApprovals } from "../live/approvals.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { say } from "../parts/toast.tsx";
import { Asked } from "./asked.tsx";
import { whyNotApprove } from "./why-not.ts";

interface LookDialogProps {
  readonly approval: ApprovalNow;
  readonly onClose: () => void;
}

/** All of what somebody asks for, and the word that puts it in force. */
export function LookDialog({ approval, onClose }: LookDialogProps) {
  const { id, by, kind } = approval;
  const busy = useSignal(false);
  const approve = async (): Promise<void> => {
    if (whyNotApprove(approval) !== undefined || busy.value) return;
    busy.value = true;
    const answer = await call<ApprovedNow>(`/api/approvals/${id}/approve`, { method: "POST" });
    busy.value = false;
    if (answer.kind === "done") {
      const { revision } = answer.value;
      say("done", revision === undefined ? "Approved: it is restored." : `Approved: revision ${revision} is in force.`);
    } else {
      say("failed", answer.kind === "refused" ? answer.message : "The router does not answer: look again.");
    }
    onClose();
    await askApprovals();
  };
  return (
    <Dialog
      title={kind === "edit" ? `What ${by} would change` : `What ${by} would restore`}
      wide
      onClose={onClose}
      onConfirm={() => void approve()}
      actions={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" unavailable={whyNotApprove(approval)} busy={busy.value}>
            Approve and put in force
          </Button>
        </>
      }
    >
      <Asked approval={approval} />
    </Dialog>
  );
}
