import { expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { REFUSALS, type Refusal } from "./refusals.ts";

function told({ title, text }: Refusal): string {
  const read = readRules(text);
  if (read.kind === "rules") return `# ${title}\nACCEPTED`;
  const errors = read.errors.map(
    ({ line, column, path, message }) => `${line}:${column} ${path || "."}\n    ${message}`,
  );
  return `# ${title}\n${errors.join("\n")}`;
}

it("says of each mistake where it is and what to write instead", async () => {
  await expect(`${REFUSALS.map(told).join("\n\n")}\n`).toMatchFileSnapshot("refusals.golden.txt");
});

it("accepts none of them", () => {
  expect(REFUSALS.filter(({ text }) => readRules(text).kind === "rules").map(({ title }) => title)).toEqual([]);
});

it("points into the text", () => {
  for (const { text } of REFUSALS) {
    const read = readRules(text);
    const lines = text.split("\n");
    for (const { line, column } of read.kind === "refused" ? read.errors : []) {
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
    }
  }
});
