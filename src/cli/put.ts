import { Written } from "../admin/shapes/rules.ts";
import { readRules } from "../rules/read-rules.ts";
import { wordsBetween } from "../rules/words.ts";
import { type Api, notARouter, refused } from "./api.ts";
import { EXIT, Stop } from "./exit.ts";
import { textOf } from "./input.ts";
import { MESSAGE, remote } from "./remote.ts";
import { printWarnings } from "./warnings.ts";

/** Replaces the rules. */
export const put = remote(
  {
    usage: "put FILE [--if-changed] [--if-absent] [--revision N] [--force] [--message WHY]",
    about: `Replaces the rules by those of FILE; - is stdin. With --revision N only if N is still in force, so that nobody's edit
in between is lost. --if-changed writes nothing when the router has that very text already, --if-absent when it has
any rules: for the first rules of an installation. --force replaces whatever is there, also a text in the store that
has mistakes.`,
    examples: [
      "canary-router put rules.yaml --message 'more for staff'",
      "canary-router put --if-changed rules.yaml          # from a pipeline",
      "canary-router get | sed 's/5%/10%/' | canary-router put - --revision 7",
    ],
    options: {
      ...MESSAGE,
      "if-changed": { type: "boolean" },
      "if-absent": { type: "boolean" },
      force: { type: "boolean" },
      revision: { type: "string" },
    },
    takes: [1, 1],
  },
  async ({ api, values, args, tell }) => {
    const text = await textOf(args[0] ?? "");
    const before = await rulesOf(api);
    const stays = values["if-absent"] === true || (values["if-changed"] === true && before?.text === text);
    if (before !== undefined && stays) {
      tell({ revision: before.revision, changed: false }, () => [`unchanged: revision ${before.revision}`]);
      return EXIT.done;
    }
    const expected = values.force === true ? "*" : `"${revisionOf(values.revision) ?? before?.revision ?? 0}"`;
    const query = { message: values.message };
    const headers = { "if-match": expected, "content-type": "text/yaml" };
    const { revision, warnings } = await api.json(Written, {
      method: "PUT",
      path: "/api/rules",
      query,
      headers,
      body: text,
    });
    printWarnings(warnings);
    tell({ revision, changed: true }, () => [
      `revision ${revision}`,
      ...wordsBetween(readRules(before?.text ?? ""), readRules(text)).map((line) => `  ${line}`),
    ]);
    return EXIT.done;
  },
);

/** undefined: the router has none. */
export async function rulesOf(api: Api): Promise<{ text: string; revision: number } | undefined> {
  const reply = await api.ask({ method: "GET", path: "/api/rules" });
  if (reply.status === 404 && reply.text.includes('"no_rules"')) return undefined;
  if (reply.status !== 200) throw refused(reply);
  // Of a router it has one; a page of something else has not.
  if (reply.revision === undefined) throw notARouter();
  return { text: reply.text, revision: reply.revision };
}

function revisionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Stop(EXIT.usage, `--revision is ${text}: write the number of a revision`);
  return Number(text);
}
