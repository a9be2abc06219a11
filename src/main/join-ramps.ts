import type { Log } from "../log.ts";
import type { VersionNumbers } from "../metrics/router-metrics.ts";
import type { Journal } from "../store/journal.ts";
import type { LiveCuts } from "../store/live-cuts.ts";
import { followRamps, type LiveRamps, type LiveRampsOptions } from "../store/live-ramps.ts";
import type { LiveRules } from "../store/live-rules.ts";
import type { RulesStore } from "../store/port.ts";
import type { RampsStore } from "../store/ramps-port.ts";

interface Joined extends Pick<LiveRampsOptions, "verdictOf" | "above"> {
  readonly live: Pick<LiveRules, "current" | "useRamps">;
  readonly cuts: Pick<LiveCuts, "records">;
  readonly archive: Pick<RulesStore, "past">;
  readonly store: RampsStore;
  readonly journal: Pick<Journal, "note">;
  readonly numbers: () => Iterable<VersionNumbers>;
  readonly log: Log;
  readonly pollMs: number;
}

/** Ramps of the rules in force, which stop for cuts and go on by what the candidate has answered. */
export function joinRamps({ live, cuts, archive, numbers, ...rest }: Joined): LiveRamps {
  return followRamps({
    ...rest,
    rules() {
      const current = live.current();
      if (current?.from !== "store") return undefined;
      return { routes: current.table.routes.map(({ route }) => route), revision: current.revision };
    },
    async authorOf(revision) {
      const found = await archive.past(revision);
      return found.kind === "past" ? found.entry.author : undefined;
    },
    cutOf: ({ route, rule, version }) =>
      cuts.records().find((one) => {
        const isOf = one.route === route.name && one.version === version && (one.rule ?? rule.name) === rule.name;
        return isOf && one.state === "cut";
      }),
    answered(route, version) {
      for (const one of numbers()) {
        if (one.route === route && one.version === version && one.track === "candidate") return one.requests;
      }
      return 0;
    },
    onPositions: live.useRamps,
  });
}
