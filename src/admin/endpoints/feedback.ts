import { z } from "zod";
import { type Credited, Feedback } from "../../guard/feedback.ts";
import { type Endpoint, endpoint, NOTHING } from "../endpoint.ts";

export type TakeFeedback = (feedback: z.output<typeof Feedback>) => Promise<Credited>;

/** What people, or what they did, said of answers. */
export function feedbackEndpoint(take: TakeFeedback): Endpoint {
  return endpoint({
    method: "post",
    path: "/api/feedback",
    about:
      "Credits the version that answered a request, one or up to 1,000 in `feedback`; by the answer's `x-request-id` while the " +
      "replicas remember it, or by its route, version and rule.",
    needs: "editor",
    params: NOTHING,
    query: NOTHING,
    body: { type: "application/json", schema: Feedback },
    answers: {
      200: {
        about: "What became of it",
        type: "application/json",
        schema: z.object({
          credited: z.int().describe("It counts."),
          passedOn: z.int().describe("Not known here: the other replicas were asked to count what they know."),
          repeated: z.int().describe("Told before."),
          unknown: z.array(z.string()).describe("Nobody here knows of what it is said."),
        }),
      },
    },
    handle: async ({ body }) => ({ status: 200, json: await take(body) }),
  });
}
