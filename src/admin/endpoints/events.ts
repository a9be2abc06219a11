import { z } from "zod";
import { refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import type { Events } from "../events.ts";

/** What happens, as it happens. */
export function eventsEndpoint(events: Pick<Events, "listen">): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/events",
    about:
      "Server-sent events: `rules`, `cuts`, `ramps`, `verdict` and `replicas` with the state at first and whenever it changes, `numbers` with what " +
      "became of requests in the last second, `recent` with the next points of `GET /api/recent`. Whoever reads too slowly is let go.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    answers: { 200: { about: "A stream", type: "text/event-stream", schema: z.string() } },
    refusals: { 503: { codes: ["too_many_listeners"] } },
    handle: () => {
      const full = refusal(503, "too_many_listeners", "Too many listen to the events of this replica already.");
      return { listen: events.listen, otherwise: full };
    },
  });
}
