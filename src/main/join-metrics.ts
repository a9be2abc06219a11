import { routerVersion } from "../config/version.ts";
import { type RouterMetrics, routerMetrics } from "../metrics/router-metrics.ts";
import { NO_CUTS } from "../routing/cuts.ts";
import type { Followed } from "./follow-stores.ts";
import type { Forwarding } from "./forwarding.ts";
import type { JoinedCapture } from "./join-capture.ts";
import type { Judges } from "./join-judges.ts";
import { added } from "./lane-counts.ts";

interface Joined {
  /** Asked on scrapes, which come when stores are followed. */
  followed(): Followed;
  /** undefined: nobody judges yet. */
  judges(): Judges | undefined;
  readonly forwarding: Pick<Forwarding, "leftOut" | "counts" | "state">;
  readonly capture: JoinedCapture | undefined;
}

/** The router's metrics, for which all that others count is asked on each scrape. */
export function joinMetrics({ followed, judges, forwarding, capture }: Joined): RouterMetrics {
  return routerMetrics(routerVersion(), () => {
    const { live, ramps, rejected } = followed();
    const current = live.current();
    const counts = forwarding.counts();
    return {
      table: current?.table,
      cuts: current?.cuts ?? NO_CUTS,
      ramps: ramps.standings(),
      leftOut: forwarding.leftOut,
      storeUp: live.storeState().up,
      age: live.ageMs() / 1000,
      rejected: rejected(),
      guard: { candidates: judges()?.verdicts() ?? [], shared: judges()?.guard.alone() === undefined },
      spans: counts["spans"],
      capture: capture && { counts: added(counts, capture.counts)["capture"] ?? {}, up: capture.up() },
      workers: forwarding.state(),
    };
  });
}
