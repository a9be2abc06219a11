import { Approval } from "../admin/shapes/approvals.ts";
import { EXIT, Stop } from "./exit.ts";
import { plain } from "./plain.ts";
import { remote } from "./remote.ts";

/** The second person's no, or a change of mind of the first. */
export const decline = remote(
  {
    usage: "decline ID --why WHY",
    about:
      "Takes away what waits under ID, so that nobody approves it any more. Whoever asked for it may do so too. Has to say why.",
    examples: ["canary-router decline 5b1c9f20aa31 --why 'not before Monday'"],
    options: { why: { type: "string" } },
    takes: [1, 1],
  },
  async ({ api, values, args, tell }) => {
    const { why } = values;
    if (why === undefined || why.trim() === "") throw new Stop(EXIT.usage, "say --why it is declined");
    const path = `/api/approvals/${encodeURIComponent(args[0] ?? "")}/decline`;
    const found = await api.json(Approval, { method: "POST", path, body: { why } });
    tell(found, () => [plain(`${found.id} waits no more: ${found.raises.join("; ")}`)]);
    return EXIT.done;
  },
);
