import { type EventSource, type Events, eventHub } from "../admin/events.ts";
import { RECENT_EVERY_MS } from "../metrics/recent.ts";
import type { RouterMetrics } from "../metrics/router-metrics.ts";
import type { Opened } from "./opened.ts";

/** What consoles are told as it happens: the state, and what has come of the last seconds' requests. */
export function joinEvents(
  state: EventSource["state"],
  metrics: Pick<RouterMetrics, "numbers" | "nextRecent">,
  opened: Opened,
): Events {
  const hub = eventHub({ numbers: metrics.numbers, state });
  opened.add(hub.close);
  const stepping = setInterval(() => {
    hub.tell({ name: "recent", data: { versions: metrics.nextRecent() } });
  }, RECENT_EVERY_MS);
  opened.add(() => clearInterval(stepping));
  return hub;
}
