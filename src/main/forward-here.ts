import type { Log } from "../log.ts";
import type { Resolve } from "../proxy/express/addresses.ts";
import type { RequestIds } from "../proxy/express/request-ids.ts";
import type { Identities } from "../proxy/identities.ts";
import type { ForForwarding, Forwarding } from "./forwarding.ts";
import { type LaneSettings, openLane } from "./open-lane.ts";

export interface ForThisProcess extends ForForwarding {
  readonly identities: Identities;
  readonly requestIds: RequestIds;
  readonly resolve: Resolve;
  readonly log: Log;
}

/** Forwards in this process, whose rules the lane reads where they are. Rejects when it cannot listen. */
export async function forwardHere(settings: LaneSettings, parts: ForThisProcess): Promise<Forwarding> {
  const { rules, told, feedback, id, seen, identities, requestIds, resolve, captureStore, log } = parts;
  const { feedbackPath: path } = settings.proxy;
  const lane = await openLane(settings, {
    ...told,
    currentRules: rules,
    feedback: path === undefined ? undefined : { path, take: feedback },
    ...{ id, seen, identities, requestIds, resolve, captureStore, log, shared: false },
  });
  return {
    port: lane.port,
    state: () => ({ wanted: 1, forwarding: 1, ended: 0 }),
    renew: (done) => done(0),
    abort: lane.abort,
    leftOut: lane.leftOut,
    counts: lane.counts,
    seen: async () => lane.seen.all(),
    caughtUp: async () => undefined,
    processes: async () => [],
    drain: lane.drain,
  };
}
