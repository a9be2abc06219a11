import { useSignal } from "@preact/signals";
import type { ApprovalNow } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { askApprovals } from "../live/approvals.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { say } from "../parts/toast.tsx";
import { WhyField } from "../parts/why-field.tsx";

interface DeclineDialogProps {
  readonly approval: ApprovalNow;
  readonly onClose: () => void;
}

/** Takes away what somebody has asked for, for a reason. */
export function DeclineDialog({ approval: { id, by, message }, onClose }: DeclineDialogProps) {
  const why = useSignal("");
  const mistake = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const decline = async (): Promise<void> => {
    if (busy.value) return;
    if (why.value.trim() === "") {
      mistake.value = "Say why, so that it can be asked for better.";
      return;
    }
    busy.value = true;
    const answer = await call(`/api/approvals/${id}/decline`, { method: "POST", json: { why: why.value } });
    busy.value = false;
    if (answer.kind === "done") {
      say("done", `Declined what ${by} has asked for. Nothing has changed.`);
      onClose();
    } else mistake.value = answer.kind === "refused" ? answer.message : "The router does not answer: try again.";
    await askApprovals();
  };
  return (
    <Dialog
      title={`Decline what ${by} asks for?`}
      onClose={onClose}
      onConfirm={() => void decline()}
      actions={
        <>
          <Button onClick={onClose}>Let it wait</Button>
          <Button type="submit" look="primary" busy={busy.value}>
            Decline
          </Button>
        </>
      }
    >
      <p>{message}</p>
      <WhyField hint="It stands in the history." why={why} mistake={mistake} />
    </Dialog>
  );
}
