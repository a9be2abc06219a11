import { approvalsNow } from "../admin/endpoints/approvals.ts";
import { cutsNow } from "../admin/endpoints/cuts.ts";
import { rampsNow } from "../admin/endpoints/ramps.ts";
import type { Verdicts } from "../admin/endpoints/routes.ts";
import type { Event } from "../admin/events.ts";
import type { FourEyes } from "../admin/four-eyes.ts";
import { type JudgedReplicas, judge } from "../admin/replica-states.ts";
import type { WorkersState } from "../metrics/workers-metrics.ts";
import type { LiveCuts } from "../store/live-cuts.ts";
import type { LiveRamps } from "../store/live-ramps.ts";
import type { LiveRules } from "../store/live-rules.ts";
import type { ReplicaBoard } from "../store/replica-board.ts";

/** What whoever listens to the events is told at first, and when it changes. */
export async function stateOf(
  live: LiveRules,
  cuts: LiveCuts,
  ramps: LiveRamps,
  eyes: FourEyes,
  verdicts: Verdicts,
  board: ReplicaBoard,
  workers: WorkersState,
): Promise<Event[]> {
  const { revision = 0, from = "nowhere" } = live.current() ?? {};
  const [found, approvals] = await Promise.all([board.replicas(), approvalsNow(eyes)]);
  const refused = live.refused() ?? [];
  const store = live.storeState();
  return [
    { name: "rules", data: { revision, from, refused, store } },
    { name: "cuts", data: cutsNow(cuts) },
    { name: "ramps", data: rampsNow(ramps) },
    { name: "approvals", data: approvals },
    {
      name: "verdict",
      data: {
        verdicts: verdicts().map(({ route, version, verdict, sentence }) => ({ route, version, verdict, sentence })),
      },
    },
    ...(workers.wanted === 1 ? [] : [{ name: "workers", data: workers }]),
    { name: "replicas", data: found.kind === "unavailable" ? { unavailable: found.why } : withoutTimes(judge(found)) },
  ];
}

/** Times change all the time, and are no news. */
function withoutTimes({ replicas, ...rest }: JudgedReplicas): object {
  return { ...rest, replicas: replicas.map(({ heard: _, lag: __, ...replica }) => replica) };
}
