import type { Answered } from "../guard/answered.ts";
import type { LiveGuard } from "../guard/live-guard.ts";
import type { RouterMetrics } from "../metrics/router-metrics.ts";
import type { ForForwarding, Told } from "./forwarding.ts";
import type { JoinedCapture } from "./join-capture.ts";

interface Joined {
  readonly metrics: RouterMetrics;
  readonly guard: LiveGuard;
  readonly answered: Answered;
  readonly shadows: Told["shadows"];
  readonly capture: JoinedCapture | undefined;
}

/** Who hears what lanes tell of their requests. */
export function joinTold({ metrics, guard, answered, shadows, capture }: Joined): ForForwarding["told"] {
  return {
    onDecision: metrics.onDecision,
    onUnread: metrics.onUnread,
    onMoved(from, to, failure, labels) {
      metrics.onMoved(from, to, failure);
      if (failure !== undefined) guard.onFailed(from, labels, failure);
    },
    onOutcome(decision, labels, outcome, requestId) {
      if (requestId !== undefined) answered.note(requestId, decision, labels);
      metrics.onOutcome(decision, labels, outcome);
      guard.onOutcome(decision, labels, outcome);
    },
    onLost: metrics.onLost,
    shadows,
    onCaptured: (requestId, decision) => capture?.onCaptured(requestId, decision),
  };
}
