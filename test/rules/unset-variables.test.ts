import { expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { withUnsetVariables } from "../../src/rules/unset-variables.ts";

const TEXT = `version: 1
customers: { id: jwt:sub, jwt: { algorithms: HS256, secret: "\${JWT_SECRET}" } }
routes:
  - name: chat
    match: [{ path: /x }]
    stable: { version: a, endpoints: http://a }
    candidate:
      version: b
      endpoints: http://b
      # authorization: "Bearer \${KEY}"
      headers: { authorization: "Bearer \${KEY}", x-org: "\${ORG}-\${KEY}" }
`;

it("warns of each variable that the router does not have, where it is first written", () => {
  const warned = (...set: string[]) => {
    const reading = withUnsetVariables(TEXT, readRules(TEXT), (name) => set.includes(name));
    return reading.kind === "rules" ? reading.warnings.map(({ line, column, message }) => [line, column, message]) : [];
  };
  expect(warned()).toEqual([
    [2, 62, expect.stringMatching(/"\$\{JWT_SECRET\}", so no token can be verified: /)],
    [11, 41, expect.stringMatching(/"\$\{KEY\}", so the version "b" does not get its header "authorization": /)],
    [11, 58, expect.stringMatching(/"\$\{ORG\}", so the version "b" does not get its header "x-org": /)],
  ]);
  expect(warned("KEY", "ORG", "JWT_SECRET")).toEqual([]);
});
