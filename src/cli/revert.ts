import { Written } from "../admin/shapes/rules.ts";
import { EXIT, Stop } from "./exit.ts";
import { MESSAGE, remote } from "./remote.ts";

/** Goes back to an earlier text. */
export const revert = remote(
  {
    usage: "revert REVISION [--message WHY]",
    about: "Writes the rules of an earlier revision anew, as the next revision. `history` lists them.",
    examples: ["canary-router revert 41 --message 'too slow for staff'"],
    options: MESSAGE,
    takes: [1, 1],
  },
  async ({ api, values, args, tell }) => {
    const [wanted = ""] = args;
    if (!/^\d{1,15}$/.test(wanted)) throw new Stop(EXIT.usage, `${wanted} is not a revision: write its number`);
    const body = { revision: Number(wanted) };
    const query = { message: values.message };
    const { revision } = await api.json(Written, { method: "POST", path: "/api/rules/revert", query, body });
    tell({ revision, reverted: body.revision }, () => [`revision ${revision}, with the text of revision ${wanted}`]);
    return EXIT.done;
  },
);
