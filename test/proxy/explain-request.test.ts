import { describe, expect, it } from "vitest";
import { explainRequest } from "../../src/proxy/explain-request.ts";
import { type Identities, NO_IDENTITIES } from "../../src/proxy/identities.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";

const RULES = `version: 1
customers: { id: header:x-customer-id, type: directory }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions, model: llama }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules:
      - { name: gold, when: { customerType: gold }, candidate: 100% }
      - { name: rest, candidate: 50% }
`;

async function explained(
  request: { path?: string; headers?: Record<string, string>; body?: string },
  identities: Identities = NO_IDENTITIES,
) {
  const reading = readRules(RULES);
  if (reading.kind === "refused") throw new Error(JSON.stringify(reading.errors));
  const rules = { table: compile(reading.rules, 1), cuts: NO_CUTS };
  const whole = { method: "POST", path: "/v1/chat/completions", headers: {}, body: undefined, ...request };
  return explainRequest(whole, rules, identities, () => 4_999, 1024);
}
const BODY = '{"model": "llama"}';
const JSON_TYPE = { "Content-Type": "application/json" };

describe("an imagined request", () => {
  it("is decided by what stands in its body", async () => {
    expect((await explained({ headers: JSON_TYPE, body: BODY })).decision).toMatchObject({
      rule: "rest",
      version: "v2",
    });
    expect((await explained({ headers: JSON_TYPE, body: '{"model": "other"}' })).decision).toBeUndefined();
    expect((await explained({})).decision).toBeUndefined();
  });

  it("is decided by as much of its body as the lanes read, and says so", async () => {
    const filler = `"prompt": "${"x".repeat(2_000)}"`;
    const early = await explained({ headers: JSON_TYPE, body: `{"model": "llama", ${filler}}` });
    expect([early.decision?.version, early.unread]).toEqual(["v2", "too_large"]);
    const late = await explained({ headers: JSON_TYPE, body: `{${filler}, "model": "llama"}` });
    expect(late.decision).toBeUndefined();
    expect(late.words).toContainEqual(expect.stringContaining("The body is too large to read"));
    expect((await explained({ headers: JSON_TYPE, body: BODY })).unread).toBeUndefined();
  });

  it("is decided by what others know of its customer, once they have answered", async () => {
    let asked = 0;
    const directory: Identities = {
      ...NO_IDENTITIES,
      typeOf: () => (asked++ === 0 ? Promise.resolve() : "gold"),
    };
    const headers = { ...JSON_TYPE, "X-Customer-Id": "ann" };
    expect((await explained({ headers, body: BODY }, directory)).decision).toMatchObject({ rule: "gold" });
  });

  it("is decided without those who never answer", async () => {
    const silent: Identities = { ...NO_IDENTITIES, typeOf: async () => undefined };
    const headers = { ...JSON_TYPE, "X-Customer-Id": "ann" };
    expect((await explained({ headers, body: BODY }, silent)).decision).toMatchObject({ rule: "rest" });
  });
});
