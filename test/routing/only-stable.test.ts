import { expect, it } from "vitest";
import { onlyStable } from "../../src/routing/only-stable.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";

it("keeps routes and versions, and sends nobody to a candidate", () => {
  const reading = readRules(`version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: "1", endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: "2", endpoints: ["http://127.0.0.1:2"] }
    override: true
    rules: [{ name: everyone, candidate: 100% }]
`);
  if (reading.kind !== "rules") throw new Error("the rules of this test are refused");
  const [route] = compile(onlyStable(reading.rules), 0).routes;
  expect(route?.route).toMatchObject({ name: "chat", override: false, candidates: [{ version: "2" }] });
  expect(route?.rules.map(({ slices }) => slices)).toEqual([[]]);
});
