import { expect, it } from "vitest";
import { withAllowedEndpoints } from "../../src/rules/endpoint-places.ts";
import { readRules } from "../../src/rules/read-rules.ts";

const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://good:1", "http://bad:1/v1"] }
    candidate: { version: v2, endpoints: ["https://good:2"] }
  - name: other
    match: [{ path: /v1/other }]
    stable: { version: v1, endpoints: ["http://good:1"] }
    candidates:
      - { version: v2, endpoints: ["http://good:2"] }
      - version: v3
        endpoints:
          - http://good:3
          - http://[::1]:8000
`;

it("names each endpoint that is not allowed, at its place", () => {
  const read = withAllowedEndpoints(RULES, readRules(RULES), (host) => host === "good");
  const errors = read.kind === "refused" ? read.errors : [];
  expect(errors.map(({ line, column, path }) => [line, column, path])).toEqual([
    [5, (RULES.split("\n")[4] ?? "").indexOf('"http://bad') + 1, "routes[0].stable.endpoints[1]"],
    [15, 13, "routes[1].candidates[1].endpoints[1]"],
  ]);
  expect(errors[0]?.message).toMatch(/^The endpoint "http:\/\/bad:1\/v1" is at a host .* proxy\.allowedEndpoints/);
});

it("leaves rules alone whose endpoints are allowed, and those that are wrong anyway", () => {
  const good = readRules(RULES);
  expect(withAllowedEndpoints(RULES, good, () => true)).toBe(good);
  const wrong = readRules("version: 2");
  expect(withAllowedEndpoints("version: 2", wrong, () => false)).toBe(wrong);
});
