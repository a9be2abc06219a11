import { PastRules } from "../admin/shapes/rules.ts";
import { EXIT, Stop } from "./exit.ts";
import { rulesOf } from "./put.ts";
import { remote } from "./remote.ts";

/** Prints the rules. */
export const get = remote(
  {
    usage: "get [--revision N]",
    about: "Prints the rules in force, byte by byte as they were written; with --revision those of the history.",
    examples: ["canary-router get > rules.yaml", "canary-router get --revision 7", "canary-router get --json"],
    options: { revision: { type: "string" } },
    takes: [0, 0],
  },
  async ({ api, values }) => {
    const print = (revision: number, text: string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify({ revision, text })}\n` : text);
      return EXIT.done;
    };
    if (typeof values.revision === "string") {
      const path = `/api/rules/history/${encodeURIComponent(values.revision)}`;
      const past = await api.json(PastRules, { method: "GET", path });
      return print(past.revision, past.text);
    }
    const found = await rulesOf(api);
    if (found === undefined) throw new Stop(EXIT.bad, "no_rules: there are no rules yet: put some");
    return print(found.revision, found.text);
  },
);
