import { callForText } from "../api/call.ts";

/** A line of curl for the first route of the rules in force; undefined: there are none. */
export async function exampleRequest(): Promise<string | undefined> {
  const rules = await callForText("/api/rules");
  if (rules.kind !== "done") return undefined;
  const path = /^\s*(?:-\s+|\[?\{?\s*)?path:\s*["']?(\/[^\s"',}\]]*)/m.exec(rules.value)?.[1] ?? "/v1/chat/completions";
  const type = /header:(x-[\w-]*type)/.exec(rules.value)?.[1];
  const id = /header:(x-[\w-]*id)/.exec(rules.value)?.[1];
  const lines = [`curl http://localhost:8080${path.replace(/\*$/, "")}`];
  if (id !== undefined) lines.push(`-H '${id}: acme'`);
  if (type !== undefined) lines.push(`-H '${type}: premium'`);
  lines.push(`--json '{"model": "llama-3-70b", "messages": [{"role": "user", "content": "Hello"}]}'`);
  return lines.join(" \\\n  ");
}
