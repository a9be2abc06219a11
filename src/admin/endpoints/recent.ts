import { RECENT_EVERY_MS, type RecentVersion } from "../../metrics/recent.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { Recent } from "../shapes/recent.ts";

/** The last minutes of every version, counted by this replica. */
export type RecentNumbers = () => readonly RecentVersion[];

/** What the charts of the console begin with; the events `recent` go on from there. */
export function recentEndpoint(recent: RecentNumbers): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/recent",
    about: "The last five minutes of every version as this replica counted them, a point every five seconds.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    answers: { 200: { about: "The oldest points first", type: "application/json", schema: Recent } },
    handle: () => ({ status: 200, json: { every: RECENT_EVERY_MS, versions: recent() } }),
  });
}
