import { DisagreementsNow } from "../admin/endpoints/disagreements.ts";
import { EXIT } from "./exit.ts";
import { localTime } from "./local-time.ts";
import { paintFor } from "./paint.ts";
import { remote } from "./remote.ts";

/** Shows how a shadow's answers differ from those of clients. */
export const disagreements = remote(
  {
    usage: "disagreements ROUTE",
    about: `The last answers of the route's shadows, on the replica that is asked, that did not agree with what clients got: where they
differ first, and what stands there, redacted. The route says with \`keep\` of its \`compare\` how many are kept; none unless it does.`,
    examples: ["canary-router disagreements chat", "canary-router disagreements chat --json | jq '.disagreements[0]'"],
    options: {},
    takes: [1, 1],
  },
  async ({ api, args, tell }) => {
    const path = `/api/routes/${encodeURIComponent(args[0] ?? "")}/disagreements`;
    const found = await api.json(DisagreementsNow, { method: "GET", path });
    tell(found, () => {
      const paint = paintFor(process.stdout, process.env);
      if (found.disagreements.length === 0) return ["none are kept"];
      return found.disagreements.flatMap((one) => [
        paint.bold(`${localTime(one.at)}  ${one.version} beside ${one.answeredBy}, ${one.modality}, ${one.where}`),
        `  client: ${one.primary}`,
        `  shadow: ${one.shadow}`,
        paint.dim(`  ${one.requestId}, rule ${one.rule}, ${one.path}`),
      ]);
    });
    return EXIT.done;
  },
);
