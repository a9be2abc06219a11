import { expect, it } from "vitest";
import { variableLimits } from "../../src/config/variable-limits.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { withinLimits } from "../../src/rules/within-limits.ts";

const RULES = `version: 1
customers: { id: jwt:sub, jwt: { algorithms: HS256, secret: "\${JWT_SECRET}" } }
routes:
  - name: chat
    match: [{ path: /x }]
    stable: { version: a, endpoints: http://a, headers: { X-Team: "\${MODEL_TEAM}-\${TEAM}" } }
    candidates:
      - { version: b, endpoints: http://b }
      - version: c
        endpoints: http://c
        headers:
          x-loot: "\${AWS_SECRET_ACCESS_KEY}"
          x-more: "\${AWS_SECRET_ACCESS_KEY}"
`;

function found(allowed: readonly string[], allowsHost: (host: string) => boolean = () => true) {
  const limits = { allowsHost, allowsAddress: () => true, ...variableLimits(allowed) };
  const reading = withinLimits(RULES, readRules(RULES), limits);
  return reading.kind === "refused" ? reading.errors : reading.kind;
}

it("names each variable that rules may not name, wherever it stands, and what to do", () => {
  expect(found(["MODEL_*"])).toEqual([
    { line: 2, column: 61, path: "customers.jwt.secret", message: expect.stringContaining(`"\${JWT_SECRET}"`) },
    { line: 6, column: 67, path: "routes[0].stable.headers.X-Team", message: expect.stringContaining(`"\${TEAM}"`) },
    ...["x-loot", "x-more"].map((header, i) => ({
      line: 12 + i,
      column: 19,
      path: `routes[0].candidates[1].headers.${header}`,
      message: `The environment variable "\${AWS_SECRET_ACCESS_KEY}" is none that rules may name: the setting proxy.allowedVariables says which are; name one of those, or have it added.`,
    })),
  ]);
});

it("takes rules whose variables are all listed, by name or by pattern, and all when nothing is listed", () => {
  expect(found(["MODEL_*", "TEAM", "*_SECRET", "AWS_*_KEY"])).toBe("rules");
  expect(found([])).toBe("rules");
});

it("knows large letters from small ones, and `none` as no variable", () => {
  expect(found(["model_*", "team", "*_secret", "aws_*"])).toHaveLength(5);
  expect(found(["none"])).toHaveLength(5);
});

it("tells of endpoints that are not allowed in one go", () => {
  const errors = found(["MODEL_*", "TEAM", "*_SECRET", "AWS_*"], (host) => host !== "b");
  expect(errors).toMatchObject([{ path: "routes[0].candidates[0].endpoints[0]" }]);
  expect(found(["none"], (host) => host !== "b")).toHaveLength(6);
});
