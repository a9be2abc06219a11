import { Approved } from "../admin/shapes/approvals.ts";
import { EXIT } from "./exit.ts";
import { plain } from "./plain.ts";
import { remote } from "./remote.ts";
import { printWarnings } from "./warnings.ts";

/** The second person's word. */
export const approve = remote(
  {
    usage: "approve ID",
    about: `Lets be done what waits under ID, as it was asked for. Whoever asked for it cannot, and restoring takes the role operator. Were the
rules changed since, they stay as they are, and it has to be asked for again. \`approvals ID\` shows what it would change.`,
    examples: ["canary-router approve 5b1c9f20aa31"],
    options: {},
    takes: [1, 1],
  },
  async ({ api, args, tell }) => {
    const path = `/api/approvals/${encodeURIComponent(args[0] ?? "")}/approve`;
    const found = await api.json(Approved, { method: "POST", path });
    const { approval, revision, warnings } = found;
    printWarnings(warnings);
    const done = revision === undefined ? "restored" : `revision ${revision}`;
    tell(found, () =>
      [`${done}, as ${approval.by} has asked for`, ...approval.raises.map((line) => `  ${line}`)].map(plain),
    );
    return EXIT.done;
  },
);
