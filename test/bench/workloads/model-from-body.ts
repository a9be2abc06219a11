import { target, times } from "../comparison.ts";
import { nginx } from "../peers/nginx.ts";
import { ours, oursByModel } from "../peers/ours.ts";
import type { Workload } from "../workload.ts";
import { measurePosts, missingForPosts } from "./small-post.ts";

/**
 * What a small request costs when the route is found by the model that the body names. The check before fails when the
 * router cannot do that: without the model no route matches. nginx cannot, and is the yardstick as it is.
 */
export const modelFromBody: Workload = {
  name: "model-from-body",
  missing: missingForPosts,
  run: async (plan) => {
    const peers = plan.peers.filter((peer) => peer === ours || peer === nginx);
    const { results, section } = await measurePosts({
      ...plan,
      peers: peers.map((peer) => (peer === ours ? oursByModel : peer)),
    });
    return `${section} nginx does not look into the body.

${target("at most 1.6 × nginx's processor time a request", `${times(results, "canary-router", "nginx", "cpu")} ×`)}`;
  },
};
