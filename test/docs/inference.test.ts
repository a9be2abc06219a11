import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { API_TABLE, STATEFUL_SEGMENTS } from "../../src/inference/api-table.ts";
import { table } from "../bench/report.ts";

const DOCUMENT = new URL("../../docs/inference.md", import.meta.url);

/** The document with what stands between two markers written anew. */
function withPart(document: string, name: string, text: string): string {
  const part = new RegExp(`(<!-- ${name} -->)[^]*(<!-- end: ${name} -->)`);
  if (!part.test(document)) throw new Error(`docs/inference.md has no ${name}`);
  return document.replace(part, (_, begin: string, end: string) => begin + text + end);
}

function apis(): string {
  const rows = API_TABLE.map(({ api, method, path, whole, model, modality, streams, stateful, continues }) => [
    api,
    `${method === undefined ? "" : `${method} `}\`${path}\`${whole === true ? " (whole)" : ""}`,
    model,
    modality,
    streams,
    stateful === true ? "always" : continues === true ? "by body" : "",
  ]);
  return table(["API", "path", "model in", "modality", "streams", "stateful"], rows);
}

describe("docs/inference.md", () => {
  // `npx vitest run test/docs/inference.test.ts -u` writes it.
  it("has the table that the router uses", async () => {
    const segments = [...STATEFUL_SEGMENTS.keys()].map((segment) => `\`${segment}\``).join(", ");
    let document = readFileSync(DOCUMENT, "utf8");
    document = withPart(document, "segments", segments);
    document = withPart(document, "apis", `\n${apis()}\n`);
    await expect(document).toMatchFileSnapshot(DOCUMENT.pathname);
  });
});
