import type { Readiness } from "../admin/app.ts";
import type { WorkersState } from "../metrics/workers-metrics.ts";
import type { LiveRules } from "../store/live-rules.ts";

/** What the other replicas are told of the rules here. */
export function standing(live: LiveRules): { revision: number; trouble: string | undefined } {
  const revision = live.current()?.revision ?? 0;
  const [mistake] = live.refused() ?? [];
  if (mistake === undefined) return { revision, trouble: undefined };
  const { line, column, message } = mistake;
  return { revision, trouble: `the rules in the store are refused, at ${line}:${column}: ${message}` };
}

/** What `/readyz` says. */
export function readiness(draining: boolean, live: LiveRules, { forwarding }: WorkersState): Readiness {
  if (draining) return { ready: false, why: "The router is shutting down." };
  if (forwarding === 0) return { ready: false, why: "Nothing takes requests: the log says why, or it is about to." };
  if (live.current() !== undefined) return { ready: true };
  const store = live.storeState();
  if (!store.up) return { ready: false, why: `There are no rules, and the store cannot be read: ${store.why}` };
  const refused = live.refused() !== undefined;
  return {
    ready: false,
    why: refused ? "The rules in the store have mistakes." : "There are no rules in the store yet.",
  };
}
