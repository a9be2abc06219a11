import { useSignal } from "@preact/signals";
import type { RouteNow } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { askRoutes } from "../live/routes.ts";
import { Button } from "../parts/button.tsx";
import { say } from "../parts/toast.tsx";
import { forbidden } from "../session.ts";

export type Ramp = NonNullable<RouteNow["rules"][number]["ramp"]>;
type Order = "pause" | "resume" | "approve";

interface RampOrdersProps {
  readonly route: string;
  readonly rule: string;
  readonly ramp: Ramp;
}

const DONE = { pause: "is paused", resume: "goes on", approve: "is approved" } as const;

/** What a person can do to a ramp. Taking it back at once is what cutting is for. */
export function RampOrders({ route, rule, ramp }: RampOrdersProps) {
  const busy = useSignal(false);
  const give = async (order: Order): Promise<void> => {
    busy.value = true;
    const path = `/api/routes/${encodeURIComponent(route)}/rules/${encodeURIComponent(rule)}/ramp`;
    const answer = await call<Ramp>(path, { method: "POST", json: { order } });
    busy.value = false;
    if (answer.kind === "done") say("done", `The ramp of “${rule}” ${DONE[order]}.`);
    else say("failed", answer.kind === "refused" ? answer.message : "The router does not answer.");
    await askRoutes();
  };
  return (
    <p class="ramp-orders">
      {ordersOf(ramp).map(({ order, text }) => (
        <Button
          key={order}
          label={`${text} the ramp of ${rule}`}
          busy={busy.value}
          unavailable={forbidden("editor")}
          onClick={() => give(order)}
        >
          {text}
        </Button>
      ))}
    </p>
  );
}

function ordersOf({ state, steps, step }: Ramp): { readonly order: Order; readonly text: string }[] {
  if (state === "paused" || state === "aborted") return [{ order: "resume", text: "Resume" }];
  if (state !== "running") return [];
  const approval = steps[step - 1]?.until === "approved";
  return [{ order: "pause", text: "Pause" }, ...(approval ? [{ order: "approve", text: "Approve" } as const] : [])];
}
