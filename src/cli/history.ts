import { Timeline } from "../admin/shapes/timeline.ts";
import { sliceText } from "../routing/explain-words.ts";
import { EXIT } from "./exit.ts";
import { localTime } from "./local-time.ts";
import { paintFor } from "./paint.ts";
import { remote } from "./remote.ts";
import { table } from "./table.ts";

/** Lists what was decided last. */
export const history = remote(
  {
    usage: "history [--limit N]",
    about: `The last edits of the rules, cuts, restorations and steps of ramps, the newest first: who, when and why. 20 unless told,
500 at most.`,
    examples: ["canary-router history", "canary-router history --json | jq -r '.entries[].author'"],
    options: { limit: { type: "string" } },
    takes: [0, 0],
  },
  async ({ api, values, tell }) => {
    const query = { limit: values.limit ?? "20" };
    const found = await api.json(Timeline, { method: "GET", path: "/api/history", query });
    tell(found, () => {
      const paint = paintFor(process.stdout, process.env);
      const rows = found.entries.map((one) => [
        `${one.revision ?? ""}`,
        localTime(one.at),
        one.approver === undefined ? one.author : `${one.author}, approved by ${one.approver}`,
        whatOf(one),
        one.message,
      ]);
      const [head = "", ...lines] = table(["revision", "when", "who", "what", "why"], rows);
      return [paint.dim(head), ...lines];
    });
    return EXIT.done;
  },
);

function whatOf({ what, route, version, ...slice }: Timeline["entries"][number]): string {
  const about = [route, version].filter((one) => one !== undefined).join(" ");
  return about === "" ? what : `${what} ${about}${sliceText(slice)}`;
}
