import { Written } from "../admin/shapes/rules.ts";
import { EXIT } from "./exit.ts";
import { MESSAGE, remote } from "./remote.ts";
import { printWarnings } from "./warnings.ts";

/** Changes one share. */
export const set = remote(
  {
    usage: "set ROUTE RULE SHARE [--version VERSION] [--message WHY]",
    about: `Changes the share that a rule gives to the candidate. Comments, order and formatting of the document stay. --version says
which candidate, where the rule splits between several.`,
    examples: [
      "canary-router set chat 'everyone else' 10%",
      "canary-router set chat 'everyone else' 2.5% --version 2026-12 --message 'second candidate, carefully'",
    ],
    options: { ...MESSAGE, version: { type: "string" } },
    takes: [3, 3],
  },
  async ({ api, values, args, tell }) => {
    const [route = "", rule = "", candidate = ""] = args;
    const path = `/api/routes/${encodeURIComponent(route)}/rules/${encodeURIComponent(rule)}`;
    const body = { candidate, ...(values.version === undefined ? {} : { version: values.version }) };
    const query = { message: values.message };
    const { revision, warnings } = await api.json(Written, { method: "PATCH", path, query, body });
    printWarnings(warnings);
    tell({ revision, route, rule, candidate }, () => [`${route} / ${rule}: ${candidate}, revision ${revision}`]);
    return EXIT.done;
  },
);
