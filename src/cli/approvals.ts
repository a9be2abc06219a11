import type { z } from "zod";
import { Approvals, ApprovalWithText } from "../admin/shapes/approvals.ts";
import { textDiff } from "../rules/text-diff.ts";
import { paintLine } from "./diff.ts";
import { EXIT } from "./exit.ts";
import { localTime } from "./local-time.ts";
import { paintFor } from "./paint.ts";
import { plain } from "./plain.ts";
import { rulesOf } from "./put.ts";
import { remote } from "./remote.ts";
import { table } from "./table.ts";

/** What waits for a second person. */
export const approvals = remote(
  {
    usage: "approvals [ID]",
    about: `What waits for a second person, the oldest first, and whether you may approve it. With an ID that one alone, and as text what it
would change in the rules in force.`,
    examples: [
      "canary-router approvals",
      "canary-router approvals 5b1c9f20aa31",
      "canary-router approvals --json | jq '.approvals[].id'",
    ],
    options: {},
    takes: [0, 1],
  },
  async ({ api, args, tell }) => {
    const [id] = args;
    const paint = paintFor(process.stdout, process.env);
    if (id === undefined) {
      const found = await api.json(Approvals, { method: "GET", path: "/api/approvals" });
      tell(found, () => {
        if (found.above === undefined) return ["nothing waits for a second person here: approval.above is not set"];
        if (found.approvals.length === 0) return ["nothing waits"];
        const [head = "", ...lines] = table(
          ["id", "until", "who asks", "for you", "what it gives", "why"],
          found.approvals.map((one) => [
            one.id,
            localTime(one.expires),
            one.by,
            forYou(one),
            one.raises.join("; "),
            one.message,
          ]),
        );
        return [paint.dim(head), ...lines];
      });
      return EXIT.done;
    }
    const found = await api.json(ApprovalWithText, { method: "GET", path: `/api/approvals/${encodeURIComponent(id)}` });
    const before = found.text === undefined ? undefined : await rulesOf(api);
    const lines = found.text === undefined ? [] : textDiff(before?.text ?? "", found.text);
    tell({ ...found, lines }, () => [
      plain(`${found.id}, asked for by ${found.by}: ${found.message}`),
      `${forYou(found)}; until ${localTime(found.expires)}`,
      ...found.raises.map((line) => paint.bold(plain(`  ${line}`))),
      ...lines.map((line) => paintLine(line, paint)),
    ]);
    return EXIT.done;
  },
);

type Shown = z.output<typeof Approvals>["approvals"][number];

function forYou({ outdated, mayApprove, mayDecline, needs }: Shown): string {
  if (outdated) return "outdated: the rules were changed since";
  if (mayApprove) return "may approve";
  return mayDecline ? "may decline" : `takes another ${needs}`;
}
