import { describe, expect, it } from "vitest";
import { SeenRequests } from "../../src/proxy/seen-requests.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { preview } from "../../src/routing/preview.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { until } from "../kit/until.ts";
import { startEcho } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

function rules(url: string, share: string) {
  const reading = readRules(`
version: 1
customers: { id: [header:x-customer-id] }
routes:
  - name: chat
    match: [{ path: /* }]
    stable: { version: v1, endpoints: ["${url}"] }
    candidate: { version: v2, endpoints: ["${url}"] }
    stickyBy: [customer]
    rules: [{ name: all, candidate: ${share} }]
`);
  if (reading.kind === "refused") throw new Error(JSON.stringify(reading.errors));
  return reading.rules;
}

describe("the requests that were seen", () => {
  it("tell what a draft would have done, without a body, a customer or a key among them", async () => {
    const echo = await using(startEcho());
    const now = rules(echo.url, "0%");
    const seen = new SeenRequests(100, 42);
    seen.wants = () => true; // a test has no time to wait
    const { url, outcomes } = await laneTo(echo.url, { rules: { ...now }, seen });
    for (let i = 0; i < 20; i++) {
      const headers = { "x-customer-id": `customer-${i % 10}`, authorization: "Bearer secret" };
      await (await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "secret words", headers })).text();
    }
    await until("all are answered", () => outcomes.length === 20);
    expect(JSON.stringify(seen.all())).not.toMatch(/customer-\d|secret/);
    const all = preview(compile(rules(echo.url, "100%"), 2), compile(now, 1), seen.all(), {
      cuts: NO_CUTS,
      now: 0,
      secret: seen.secret,
    });
    expect(all.total).toEqual({
      seen: { requests: 20, callers: 10 },
      moves: { "to candidate": { requests: 20, callers: 10 } },
    });
  });

  it("are the last ones only", () => {
    const seen = new SeenRequests(2, 1);
    const noted = ["a", "b", "c"].map((path) => ({ path })) as Parameters<typeof seen.note>[0][];
    for (const request of noted) seen.note(request);
    expect(
      seen
        .all()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["b", "c"]);
  });

  it("are noted a hundred times a second at the most", () => {
    const seen = new SeenRequests(2, 1);
    expect([10, 10, 19, 20, 25, 31].map((now) => seen.wants(now))).toEqual([true, false, false, true, false, true]);
  });
});
