import { createServer } from "node:http";
import { target, times } from "../comparison.ts";
import { ours, routerWith } from "../peers/ours.ts";
import type { Workload } from "../workload.ts";
import { measurePosts, missingForPosts } from "./small-post.ts";

const CAPTURE = `    capture: { share: 1%, fields: [request, answer] }
`;
const CAPTURE_ALL = CAPTURE.replace("1%", "100%");

/** What it costs that somebody looks on, and that nobody does. */
export const lookingOn: Workload = {
  name: "looking-on",
  missing: missingForPosts,
  run: async (plan) => {
    const collector = createServer((request, response) => {
      request.resume();
      request.on("end", () => response.end("{}"));
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const address = collector.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const traced = (sample: string) => ({
      CANARY_TRACING_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
      CANARY_TRACING_SAMPLE: sample,
    });
    try {
      const files = { CANARY_CAPTURE_TO: "files" };
      const { results, section } = await measurePosts({
        ...plan,
        peers: [
          ours,
          watched("capture, not this route", files),
          watched("capture 1 %", files, CAPTURE),
          watched("capture 100 %", files, CAPTURE_ALL),
          watched("tracing 1 %", traced("1%")),
          watched("tracing 100 %", traced("100%")),
        ],
      });
      const of = (name: string) => times(results, name, "canary-router", "cpu");
      return `${section}

${target(
  "no more than 1.05 × where it is on and not for this route",
  `${of("capture, not this route")} ×; one in a hundred captured ${of("capture 1 %")} ×, or traced ${of("tracing 1 %")} ×; all captured ${of("capture 100 %")} ×, or traced ${of("tracing 100 %")} ×`,
)}`;
    } finally {
      collector.closeAllConnections();
      collector.close();
    }
  },
};

function watched(name: string, settings: Readonly<Record<string, string>>, more = "") {
  return routerWith("path: /v1/chat/completions", more, name, settings);
}
