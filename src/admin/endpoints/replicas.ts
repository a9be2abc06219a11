import type { ReplicaBoard } from "../../store/replica-board.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import { judge } from "../replica-states.ts";
import { Replicas } from "../shapes/replicas.ts";
import { storeUnavailable } from "./edits.ts";

/** Who runs, and on which revision. */
export function replicasEndpoint(board: Pick<ReplicaBoard, "replicas">): Endpoint {
  return endpoint({
    method: "get",
    path: "/api/replicas",
    about: "Every replica, the revision that is in force there, and why it is not the last one. Times in milliseconds.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    answers: {
      200: {
        about: "All that were heard of in the last hour and have not said goodbye",
        type: "application/json",
        schema: Replicas,
      },
    },
    refusals: { 503: { codes: ["store_unavailable"] } },
    async handle() {
      const found = await board.replicas();
      if (found.kind === "unavailable") return storeUnavailable(`The replicas cannot be asked for: ${found.why}`);
      return { status: 200, json: judge(found) };
    },
  });
}
