import { Explained } from "../admin/shapes/explained.ts";
import { EXIT, Stop } from "./exit.ts";
import { textOf } from "./input.ts";
import { paintFor } from "./paint.ts";
import { remote } from "./remote.ts";

/** Says who would answer a request. */
export const explain = remote(
  {
    usage: "explain [METHOD] PATH [--header 'NAME: VALUE'] [--data BODY]",
    about: `Which version would answer a request, why, and what would change it. Nothing is sent to a version. METHOD is POST unless
told; --header may be there several times; --data @FILE reads the body from a file, @- from stdin.`,
    examples: [
      "canary-router explain /v1/chat/completions --header 'x-customer-type: internal'",
      `canary-router explain /v1/chat/completions --data '{"model": "llama-3-70b"}'`,
      "canary-router explain GET '/v1/models?limit=5'",
    ],
    options: { header: { type: "string", multiple: true, short: "H" }, data: { type: "string", short: "d" } },
    takes: [1, 2],
  },
  async ({ api, values, args, tell }) => {
    const [method, path] = args.length === 2 ? args : ["POST", args[0]];
    const data = values.data?.startsWith("@") === true ? await textOf(values.data.slice(1)) : values.data;
    const headers = Object.fromEntries((values.header ?? []).map(headerOf));
    const body = { method: method?.toUpperCase(), path, headers: withType(headers, data), body: data };
    const found = await api.json(Explained, { method: "POST", path: "/api/explain", body });
    tell(found, () => {
      const paint = paintFor(process.stdout, process.env);
      const { decision } = found;
      const head = decision === undefined ? "nobody" : `${decision.version} (${decision.track} of ${decision.route})`;
      return [paint.bold(head), ...found.words];
    });
    return found.decision === undefined ? EXIT.bad : EXIT.done;
  },
);

function headerOf(text: string): [string, string] {
  const [, name, value = ""] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined) throw new Stop(EXIT.usage, `the header ${JSON.stringify(text)} is none: write 'NAME: VALUE'`);
  return [name, value];
}

/** What looks like JSON is said to be, unless it is said to be something else. */
function withType(headers: Record<string, string>, data: string | undefined): Record<string, string> {
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  return typed || data === undefined || !/^\s*[[{]/.test(data)
    ? headers
    : { ...headers, "content-type": "application/json" };
}
