import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), "utf8") }));

it("leaves OpenTelemetry to its room, which nobody loads who does not trace", () => {
  const outside = files.filter(({ path }) => !path.startsWith("tracing/"));
  expect(outside.filter(({ text }) => text.includes("@opentelemetry/")).map(({ path }) => path)).toEqual([]);
  const loading = outside.filter(({ text }) => /^(import|export) (?!type ).*["'][./]+\/tracing\//m.test(text));
  expect(loading.map(({ path }) => path)).toEqual([]);
  expect(outside.filter(({ text }) => /import\(["'][./]+\/tracing\//.test(text)).map(({ path }) => path)).toEqual([
    "main/join-tracing.ts",
  ]);
});
