import { History } from "../admin/endpoints/shapes.ts";
import { EXIT } from "./exit.ts";
import { paintFor } from "./paint.ts";
import { remote } from "./remote.ts";
import { table } from "./table.ts";

/** Lists the last edits. */
export const history = remote(
  {
    usage: "history [--limit N]",
    about: "The last edits of the rules, the newest first: who, when and why. 20 unless told, 500 at most.",
    examples: ["canary-router history", "canary-router history --json | jq -r '.entries[].author'"],
    options: { limit: { type: "string" } },
    takes: [0, 0],
  },
  async ({ api, values, tell }) => {
    const query = { limit: values.limit ?? "20" };
    const found = await api.json(History, { method: "GET", path: "/api/rules/history", query });
    tell(found, () => {
      const paint = paintFor(process.stdout, process.env);
      const rows = found.entries.map((one) => [`${one.revision}`, localTime(one.at), one.author, one.message]);
      const [head = "", ...lines] = table(["revision", "when", "who", "why"], rows);
      return [paint.dim(head), ...lines];
    });
    return EXIT.done;
  },
);

/** To the second, by the clock of whoever looks. */
function localTime(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
