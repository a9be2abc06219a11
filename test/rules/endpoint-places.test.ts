import { expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { withinLimits } from "../../src/rules/within-limits.ts";

const ALL = { allowsHost: () => true, allowsAddress: () => true, allowsVariable: () => true };
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
  const read = withinLimits(RULES, readRules(RULES), {
    ...ALL,
    allowsHost: (host) => host === "good",
  });
  const errors = read.kind === "refused" ? read.errors : [];
  expect(errors.map(({ line, column, path }) => [line, column, path])).toEqual([
    [5, (RULES.split("\n")[4] ?? "").indexOf('"http://bad') + 1, "routes[0].stable.endpoints[1]"],
    [15, 13, "routes[1].candidates[1].endpoints[1]"],
  ]);
  expect(errors[0]?.message).toMatch(/^The endpoint "http:\/\/bad:1\/v1" is at a host .* proxy\.allowedEndpoints/);
});

it("names a key set at an address that is not allowed", () => {
  const keys = RULES.replace(
    "routes:",
    "customers: { id: jwt:sub, jwt: { algorithms: [RS256], jwks: http://169.254.0.1/k } }\nroutes:",
  );
  const nowhere = { ...ALL, allowsAddress: () => false };
  expect(withinLimits(keys, readRules(keys), nowhere)).toMatchObject({
    errors: [{ line: 2, path: "customers.jwt.jwks", message: expect.stringContaining("proxy.allowedEndpoints") }],
  });
  const named = keys.replace("169.254.0.1", "login.example.com");
  expect(withinLimits(named, readRules(named), nowhere).kind).toBe("rules");
});

it("leaves rules alone whose endpoints are allowed, and those that are wrong anyway", () => {
  const good = readRules(RULES);
  expect(withinLimits(RULES, good, ALL)).toBe(good);
  const wrong = readRules("version: 2");
  expect(withinLimits("version: 2", wrong, { ...ALL, allowsHost: () => false })).toBe(wrong);
});
