import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";

describe("readRules", () => {
  it("accepts the example that the package ships", () => {
    const read = readRules(readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8"));
    if (read.kind === "refused") throw new Error(JSON.stringify(read.errors));
    expect(compile(read.rules, 1).routes.map(({ route }) => route.name)).toEqual(["chat", "embeddings"]);
  });
});
