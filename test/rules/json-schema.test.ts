import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { rulesJsonSchema } from "../../src/rules/json-schema.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { documentWith, REFUSALS } from "./refusals.ts";

const EXAMPLE = readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8");
const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(rulesJsonSchema())));

function fits(text: string): boolean {
  return schema.safeParse(parse(text)).success;
}

describe("config/rules.schema.json", () => {
  it("says what the grammar says; `npx vitest run test/rules/json-schema.test.ts -u` writes it anew", async () => {
    const text = `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../config/rules.schema.json");
  });

  it("accepts what the router accepts", () => {
    const documents = [
      EXAMPLE,
      documentWith({
        stable: "{ version: 1.10, endpoints: http://a, model: 7b, tls: { ca: a.pem } }".replace("http:", "https:"),
      }),
      `${documentWith({
        customers:
          "{ id: [jwt:sub, apiKey, body:/user], type: directory, jwt: { algorithms: RS256, jwks: keys.json } }",
        match: "[{ path: /v1/*, model: [a, 7], header: { x-a: [1, true] } }]",
        route: [
          "stickyBy: [session, customer]",
          "override: { customerType: internal }",
          "modality: header:x-m",
          "maxBody: 5MiB",
          "autoCut: { failures: 1.5, overload: off, inARow: 8, floor: 1%, observeOnly: true }",
        ],
        rules: [
          "{ name: a, when: { stream: true, stateful: false, modality: ['im*', text] }, between: [2026-12-01T08:00Z, 2026-12-02T08:00Z], candidate: 0.05% }",
          "{ name: b, split: { b: 5% } }",
        ],
      })}tests: [{ route: chat, given: { bucket: 0, headers: { x-a: 1 } }, expect: b, rule: b }]\n`,
    ];
    for (const text of documents) {
      expect(readRules(text)).toMatchObject({ kind: "rules" });
      expect(schema.safeParse(parse(text)).error).toBeUndefined();
    }
  });

  it("refuses what editors can know to be wrong", () => {
    const seen = [
      "a misspelled key of a rule",
      "share 5",
      "no stable version",
      "override: yes",
      "a version without endpoints",
    ];
    for (const title of seen) {
      const text = REFUSALS.find((refusal) => refusal.title === title)?.text ?? "";
      expect(text).not.toBe("");
      expect(fits(text), title).toBe(false);
    }
  });

  it("explains every key", () => {
    const unexplained: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inside] of Object.entries(value)) {
        if (key === "properties") {
          for (const [name, property] of Object.entries(inside)) {
            if (!(typeof property === "object" && property !== null && "description" in property))
              unexplained.push(`${path}.${name}`);
          }
        }
        look(inside, `${path}.${key}`);
      }
    };
    look(rulesJsonSchema(), "");
    expect(unexplained).toEqual([]);
  });
});
