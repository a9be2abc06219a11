import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import type { RouterMetrics } from "../metrics/router-metrics.ts";
import { followCuts, type LiveCuts } from "../store/live-cuts.ts";
import type { LiveRamps, LiveRampsOptions } from "../store/live-ramps.ts";
import { followRules, type LiveRules, type LiveRulesOptions } from "../store/live-rules.ts";
import type { Forwarding } from "./forwarding.ts";
import type { InForce } from "./in-force.ts";
import { joinRamps } from "./join-ramps.ts";
import type { Opened } from "./opened.ts";
import { lastResort, type Stores } from "./stores.ts";

interface Joined extends Pick<LiveRulesOptions, "read">, Pick<LiveRampsOptions, "verdictOf" | "above"> {
  readonly stores: Stores;
  readonly metrics: RouterMetrics;
  readonly forwarding: Pick<Forwarding, "abort">;
  readonly inForce: InForce;
  /** Rules, shares or cuts have changed. */
  onChange(): void;
  readonly log: Log;
}

/** What the stores say, in force here. */
export interface Followed {
  readonly live: LiveRules;
  readonly cuts: LiveCuts;
  readonly ramps: LiveRamps;
  /** How many texts in the store were refused since the start. */
  rejected(): number;
}

/** Follows rules, cuts and ramps. Resolves when what is known of all three is in force, so that nothing cut is forwarded to. */
export async function followStores(settings: Settings["store"], joined: Joined, opened: Opened): Promise<Followed> {
  const { stores, metrics, forwarding, inForce, onChange, log, read, verdictOf, above } = joined;
  const { pollInterval: pollMs } = settings;
  const last = await lastResort(settings);
  let rejected = 0;
  let ramps: LiveRamps | undefined;
  const live = followRules({
    store: stores.rules,
    read,
    snapshot: stores.snapshot,
    lastResort: last,
    log,
    pollMs,
    onApplied(revision, table, lag) {
      metrics.onTable(table);
      inForce.rules(revision, lag, metrics.onPropagation);
      ramps?.look();
      onChange();
    },
    onShares(table) {
      metrics.onTable(table);
      inForce.renew();
      onChange();
    },
    onRejected: () => {
      rejected++;
    },
  });
  opened.add(() => live.stop());
  const cuts = followCuts({
    store: stores.cuts,
    copy: stores.cutsCopy,
    log,
    pollMs,
    onChange(next) {
      live.useCuts(next);
      inForce.renew();
      ramps?.look();
      onChange();
    },
    onAbort: forwarding.abort,
    onPropagation: (ms) => inForce.renew((more) => metrics.onCutPropagation(ms + more)),
    onEpoch: () => inForce.cuts(cuts.epoch()),
  });
  opened.add(cuts.stop);
  ramps = joinRamps({
    ...{ live, cuts, archive: stores.rules, store: stores.ramps, journal: stores.journal },
    ...{ numbers: metrics.numbers, above, verdictOf, log, pollMs },
  });
  opened.add(ramps.stop);
  await Promise.all([live.started, cuts.started, ramps.started]);
  return { live, cuts, ramps, rejected: () => rejected };
}
