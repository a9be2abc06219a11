import { followGuard, type LiveGuard } from "../guard/live-guard.ts";
import type { Verdict } from "../guard/verdict.ts";
import type { Log } from "../log.ts";
import type { Route } from "../routing/rules.ts";
import type { Table } from "../routing/table.ts";
import { fieldOf } from "../store/cuts-port.ts";
import type { LiveCuts } from "../store/live-cuts.ts";
import type { LiveRules } from "../store/live-rules.ts";
import type { SharedNumbers } from "../store/shared-numbers.ts";

/** The author of what the guard cuts. */
const AUTHOR = "guard";

export interface GuardParts {
  readonly live: Pick<LiveRules, "current">;
  readonly cuts: Pick<LiveCuts, "cut" | "records">;
  readonly board: SharedNumbers;
  readonly replica: string;
  readonly log: Log;
  /** As in `LiveGuardOptions`. */
  readonly everyMs?: number;
}

/** A guard whose findings are cuts, and which begins anew with what a person has restored. */
export function joinGuard({ live, cuts, ...sharing }: GuardParts): LiveGuard {
  return followGuard({
    ...sharing,
    routes: () => routesOf(live),
    restoredAt: (route, version) => restoredAt(cuts, route, version),
    onBad({ observeOnly, why, ...target }) {
      const key = fieldOf(target);
      // Each replica finds it out; the first has cut for all.
      const isCut = cuts.records().some((one) => one.state === "cut" && fieldOf(one) === key);
      if (!observeOnly && !isCut) void cuts.cut({ ...target, by: AUTHOR, why }, "finish");
    },
  });
}

/** When a version was restored the last time, by a number that rises; 0: never. */
function restoredAt(cuts: Pick<LiveCuts, "records">, route: string, version: string): number {
  const restored = cuts
    .records()
    .filter((one) => one.state === "restored" && one.route === route && one.version === version);
  return Math.max(0, ...restored.map(({ epoch }) => epoch));
}

/** What the guard thinks of every candidate in force. */
export function verdictsOf(
  live: Pick<LiveRules, "current">,
  guard: LiveGuard,
): (Verdict & { readonly route: string })[] {
  return routesOf(live).flatMap((route) =>
    route.candidates.map(({ version }) => ({ route: route.name, ...guard.verdict(route, version) })),
  );
}

const NONE: readonly Route[] = [];
/** The same as long as the same table is in force, so that the guard sees without a look that nothing has changed. */
const known = new WeakMap<Table, readonly Route[]>();

export function routesOf(live: Pick<LiveRules, "current">): readonly Route[] {
  const table = live.current()?.table;
  if (table === undefined) return NONE;
  const routes = known.get(table) ?? table.routes.map(({ route }) => route);
  known.set(table, routes);
  return routes;
}
