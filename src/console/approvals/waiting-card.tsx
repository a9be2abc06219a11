import type { ApprovalNow } from "../api/answers.ts";
import { Button } from "../parts/button.tsx";
import { moment, span } from "../parts/words.ts";
import { Raises } from "./raises.tsx";
import { whyNotApprove, whyNotDecline } from "./why-not.ts";

interface WaitingCardProps {
  readonly approval: ApprovalNow;
  readonly onLook: () => void;
  readonly onDecline: () => void;
}

/** Who asks for what and since when, and what can be answered. */
export function WaitingCard({ approval, onLook, onDecline }: WaitingCardProps) {
  const { by, message, at, expires, raises, outdated } = approval;
  const left = Date.parse(expires) - Date.now();
  return (
    <article class="waiting-card" aria-label={`${by} asks: ${message}`} data-outdated={outdated}>
      <div>
        <p>
          <strong>{by}</strong> {approval.kind === "restore" ? "would restore a cut" : "would change the rules"}:{" "}
          {message}
        </p>
        <Raises raises={raises} />
        <p class="hint">
          Asked at {moment(at)}.{" "}
          {outdated ? "The rules have been changed since." : `It waits ${span(left)} more. Nothing has changed yet.`}
        </p>
      </div>
      <p class="waiting-actions">
        {approval.kind === "edit" && (
          <Button look="quiet" label={`See what it changes, as ${by} asks`} onClick={onLook}>
            See what it changes
          </Button>
        )}
        <Button label={`Decline what ${by} asks for`} unavailable={whyNotDecline(approval)} onClick={onDecline}>
          Decline …
        </Button>
        <Button
          look="primary"
          label={`Approve what ${by} asks for`}
          unavailable={whyNotApprove(approval)}
          onClick={onLook}
        >
          Approve …
        </Button>
      </p>
    </article>
  );
}
