import { describe, expect, it } from "vitest";
import type { Rules } from "../../src/routing/rules.ts";
import { raisesAbove } from "../../src/rules/raises.ts";
import { readRules } from "../../src/rules/read-rules.ts";

const LIMIT = 2_500;

function rulesOf(text: string): Rules {
  const reading = readRules(text);
  if (reading.kind === "refused") throw new Error(JSON.stringify(reading.errors));
  return reading.rules;
}

interface Parts {
  readonly head?: string;
  readonly match?: string;
  readonly stable?: string;
  readonly candidate?: string;
  readonly more?: string;
  readonly rules?: readonly string[];
  readonly above?: string;
}

/** One route with these rules. */
function text({
  head = "customers: { type: header:x-customer-type }",
  match,
  stable,
  candidate,
  more = "",
  rules = [],
  above = "",
}: Parts = {}): string {
  const listed = (rules.length === 0 ? ["{ name: everyone, candidate: 5% }"] : rules)
    .map((rule) => `      - ${rule}\n`)
    .join("");
  return `version: 1
${head}
routes:
${above}  - name: chat
    match: ${match ?? "[{ path: /v1/* }]"}
    stable: ${stable ?? '{ version: v1, endpoints: ["http://10.0.0.1"] }'}
    candidate: ${candidate ?? '{ version: v2, endpoints: ["http://10.0.0.2"] }'}
${more}
    rules:
${listed}`;
}

const share = (candidate: string, more = "") => `{ name: everyone, candidate: ${candidate}${more} }`;
const ramp = (steps: string) => `{ name: everyone, ramp: [${steps}] }`;

function raised(before: Parts, after: Parts): readonly string[] {
  return raisesAbove(LIMIT, rulesOf(text(before)), rulesOf(text(after)));
}

const other = (path: string) =>
  `  - { name: other, match: [{ path: ${path} }], stable: { version: o1, endpoints: ["http://10.0.0.9"] } }\n`;

describe("an edit that needs a second person", () => {
  it.each<[string, Parts, Parts, string]>([
    ["raises a share above the limit", {}, { rules: [share("26%")] }, "chat / everyone: v2 from 5% to 26%"],
    [
      "raises a share that is above it already",
      { rules: [share("30%")] },
      { rules: [share("31%")] },
      "chat / everyone: v2 from 30% to 31%",
    ],
    [
      "has a new rule above it",
      {},
      { rules: ["{ name: staff, when: { customerType: internal }, candidate: 100% }", share("5%")] },
      "chat / staff: v2 from 0% to 100%",
    ],
    [
      "lets a rule above it hold for more",
      { rules: [share("50%", ", when: { customerType: internal }")] },
      { rules: [share("50%")] },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "takes a rule away that kept requests from one above it",
      { rules: ["{ name: images, when: { modality: image }, candidate: 0% }", share("50%")] },
      { rules: [share("50%")] },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "puts the rules into another order",
      {
        rules: ["{ name: images, when: { modality: image }, candidate: 0% }", share("50%", ", when: { method: POST }")],
      },
      {
        rules: [share("50%", ", when: { method: POST }"), "{ name: images, when: { modality: image }, candidate: 0% }"],
      },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "has another candidate under a share above it",
      { rules: [share("50%")] },
      { rules: [share("50%")], candidate: '{ version: v3, endpoints: ["http://10.0.0.3"] }' },
      "chat / everyone: v3 from 0% to 50%",
    ],
    [
      "begins a ramp that ends above it",
      {},
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 100% }")] },
      "chat / everyone: v2 from 5% to 100%",
    ],
    [
      "gives at once what a ramp would have given in the end",
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 100% }")] },
      { rules: [share("100%")] },
      "chat / everyone: v2 from 5% to 100% at once",
    ],
    [
      "lets a ramp rise faster",
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 100% }")] },
      { rules: [ramp("{ to: 5%, for: 1s }, { to: 100% }")] },
      "chat / everyone: v2 rises to 100% by another plan",
    ],
    [
      "leaves out a step that waits for an approval",
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 20%, until: approved }, { to: 100% }")] },
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 100% }")] },
      "chat / everyone: v2 rises to 100% by another plan",
    ],
    [
      "makes the candidate stable",
      {},
      {
        stable: '{ version: v2, endpoints: ["http://10.0.0.2"] }',
        candidate: '{ version: v3, endpoints: ["http://10.0.0.3"] }',
      },
      "chat: v2 becomes stable",
    ],
    [
      "sends what is stable's to where the candidate answers",
      {},
      { stable: '{ version: v1, endpoints: ["http://10.0.0.1", "http://10.0.0.2"] }' },
      "chat: http://10.0.0.2, where a candidate answers, becomes stable's",
    ],
    [
      "sends another route to where the candidate answers",
      {},
      {
        above: `  - { name: other, match: [{ path: /v1/chat }], stable: { version: o1, endpoints: ["http://10.0.0.2"] } }\n`,
      },
      "other: http://10.0.0.2, where a candidate answers, becomes stable's",
    ],
    [
      "lets callers choose the candidate",
      {},
      { more: "    override: true" },
      "chat: x-canary: always reaches the candidate for more callers",
    ],
    [
      "lets more callers choose the candidate",
      { more: "    override: { customerType: internal }" },
      { more: "    override: { customerType: [internal, trial] }" },
      "chat: x-canary: always reaches the candidate for more callers",
    ],
    [
      "lets callers choose it also for requests that build on others",
      { more: "    override: { stateful: false }" },
      { more: "    override: true" },
      "chat: x-canary: always reaches the candidate for more callers",
    ],
    [
      "lets callers choose the candidate who have proven who they are",
      { more: "    override: true" },
      { more: "    override: { customerType: internal }" },
      "chat: x-canary: always reaches the candidate for more callers",
    ],
    [
      "lets a route take other paths as well",
      { rules: [share("50%")] },
      { rules: [share("50%")], match: "[{ path: /v1/* }, { path: /v2/* }]" },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "takes away a route above, whose requests come to this one",
      { rules: [share("50%")], above: other("/v1/embeddings") },
      { rules: [share("50%")] },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "learns the type of customers in another way",
      { rules: [share("50%", ", when: { customerType: internal }")] },
      {
        rules: [share("50%", ", when: { customerType: internal }")],
        head: "customers: { type: header:x-customer-type, defaultType: internal }",
      },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
    [
      "learns the modality in another way",
      { rules: [share("50%", ", when: { modality: image }")] },
      { rules: [share("50%", ", when: { modality: image }")], more: "    modality: image" },
      "chat / everyone: v2 has 50%, and the rule may hold for more requests than before",
    ],
  ])("%s", (_, before, after, sentence) => {
    expect(raised(before, after)).toContain(sentence);
  });

  it("is the first that gives anything, and says so of each version", () => {
    const rules = rulesOf(
      text({ rules: [share("30%")] })
        .replace(
          / {4}candidate: .*\n/,
          `    candidates:
      - { version: v2, endpoints: ["http://10.0.0.2"] }
      - { version: v3, endpoints: ["http://10.0.0.3"] }
`,
        )
        .replace("candidate: 30%", "split: { v2: 30%, v3: 40% }"),
    );
    expect(raisesAbove(LIMIT, undefined, rules)).toEqual([
      "chat / everyone: v2 from 0% to 30%",
      "chat / everyone: v3 from 0% to 40%",
    ]);
  });
});

describe("an edit that waits for nobody", () => {
  it.each<[string, Parts, Parts]>([
    ["raises a share up to the limit", {}, { rules: [share("25%")] }],
    ["lowers a share that stays above the limit", { rules: [share("90%")] }, { rules: [share("50%")] }],
    [
      "lets a rule hold for less",
      { rules: [share("50%")] },
      { rules: [share("50%", ", when: { customerType: internal }")] },
    ],
    [
      "puts a rule above that gives nothing",
      { rules: [share("50%")] },
      { rules: ["{ name: images, when: { modality: image }, candidate: 0% }", share("50%")] },
    ],
    [
      "lowers a rule above",
      { rules: ["{ name: images, when: { modality: image }, candidate: 90% }", share("50%")] },
      { rules: ["{ name: images, when: { modality: image }, candidate: 0% }", share("50%")] },
    ],
    [
      "takes a rule away from which the candidate had more",
      { rules: ["{ name: images, when: { modality: image }, candidate: 90% }", share("50%")] },
      { rules: [share("50%")] },
    ],
    [
      "ends a ramp earlier",
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 50%, for: 1d }, { to: 100% }")] },
      { rules: [ramp("{ to: 5%, for: 1d }, { to: 50% }")] },
    ],
    [
      "goes back from a promotion",
      {
        stable: '{ version: v2, endpoints: ["http://10.0.0.2"] }',
        candidate: '{ version: v3, endpoints: ["http://10.0.0.3"] }',
      },
      { rules: [share("50%")] },
    ],
    [
      "narrows who may choose",
      { more: "    override: { customerType: [internal, trial] }" },
      { more: "    override: { customerType: internal }" },
    ],
    ["takes paths away", { rules: [share("50%")] }, { rules: [share("50%")], match: "[{ path: /v1/chat/* }]" }],
    [
      "takes a route away that has nothing to do with it",
      { rules: [share("50%")], above: other("/v9/*") },
      { rules: [share("50%")] },
    ],
    ["puts a route above", { rules: [share("50%")] }, { rules: [share("50%")], above: other("/v1/embeddings") }],
    [
      "names a type of customers",
      { rules: [share("50%")], head: "customers: { type: header:x-customer-type, types: [trial] }" },
      { rules: [share("50%")], head: "customers: { type: header:x-customer-type, types: [trial, paid] }" },
    ],
    [
      "adds an endpoint of stable",
      {},
      { stable: '{ version: v1, endpoints: ["http://10.0.0.1", "http://10.0.0.7"] }' },
    ],
  ])("%s", (_, before, after) => {
    expect(raised(before, after)).toEqual([]);
  });

  it("is any, where the limit is everything", () => {
    expect(raisesAbove(10_000, undefined, rulesOf(text({ rules: [share("100%")] })))).toEqual([]);
  });

  it("is one beside a ramp that goes on as it did", () => {
    const rules = rulesOf(text({ rules: [ramp("{ to: 50%, for: 1d }, { to: 100% }")] }));
    const aborted = {
      ...rules,
      routes: rules.routes.map((route) => ({
        ...route,
        rules: route.rules.map((rule) => ({ ...rule, shares: [{ version: "v2", points: 0 }] })),
      })),
    };
    expect(raisesAbove(LIMIT, aborted, rules)).toEqual([]);
  });
});
