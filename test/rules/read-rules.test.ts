import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AUTO_CUT, NO_AUTO_CUT } from "../../src/routing/auto-cut.ts";
import type { Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import type { RuleError } from "../../src/rules/rule-error.ts";
import { manyRules } from "../kit/many-rules.ts";
import { documentWith, REFUSALS } from "./refusals.ts";

const EXAMPLE = readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8");

function rulesOf(text: string): Rules {
  const read = readRules(text);
  if (read.kind === "refused") throw new Error(JSON.stringify(read.errors));
  return read.rules;
}

function errorsOf(text: string): readonly RuleError[] {
  const read = readRules(text);
  return read.kind === "rules" ? [] : read.errors;
}

/** Milliseconds of processor time, the best of five runs: what else the machine does must not turn the test red. */
function quickest(run: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  });
  return Math.min(...runs);
}

describe("a rules document", () => {
  it("is what the package ships as an example", () => {
    expect(compile(rulesOf(EXAMPLE), 1).routes.map(({ route }) => route.name)).toEqual(["chat", "embeddings"]);
  });

  it("becomes plain data", () => {
    expect(rulesOf(EXAMPLE)).toMatchObject({
      customers: {
        id: [{ from: "header", name: "x-customer-id" }],
        type: [{ from: "header", name: "x-customer-type" }],
        defaultType: "standard",
      },
      routes: [
        {
          name: "chat",
          salt: "chat",
          override: false,
          modality: { from: "derived" },
          match: [
            { path: "/v1/chat/completions", conditions: [{ fact: "method", values: ["POST"] }] },
            { path: "/v1/completions", conditions: [{ fact: "method", values: ["POST"] }] },
          ],
          stable: { version: "2026-10", endpoints: ["http://127.0.0.1:9001"] },
          candidates: [{ version: "2026-11", endpoints: ["http://127.0.0.1:9002"] }],
          stickyBy: [{ from: "header", name: "x-session-id" }, { from: "customer" }],
          rules: [
            {
              name: "staff first",
              when: [{ fact: "customerType", values: ["internal"] }],
              shares: [{ version: "2026-11", points: 10_000 }],
            },
            { name: "images wait", shares: [{ version: "2026-11", points: 0 }] },
            { name: "everyone else", when: [], shares: [{ version: "2026-11", points: 500 }] },
          ],
        },
        {
          modality: { from: "fixed", modality: "embedding" },
          rules: [
            {
              shares: [
                { version: "embed-4", points: 500 },
                { version: "embed-4-small", points: 250 },
              ],
            },
          ],
        },
      ],
      tests: [{ route: "chat", given: { modality: "image" }, expect: "stable" }],
    });
  });

  it("may leave out all but a route's name, match and stable version", () => {
    const text =
      "version: 1\nroutes: [{ name: a, match: [{ path: /* }], stable: { version: 1, endpoints: http://a } }]";
    expect(rulesOf(text).routes[0]).toEqual({
      name: "a",
      match: [{ path: "/*", conditions: [] }],
      stable: { version: "1", endpoints: ["http://a"] },
      candidates: [],
      stickyBy: [],
      rules: [],
      modality: { from: "derived" },
      override: false,
      salt: "a",
    });
    expect(rulesOf(text).customers).toEqual({ id: [], type: [], defaultType: "standard", types: [], jwt: undefined });
  });

  it.each([
    ["", undefined],
    ["autoCut: off", NO_AUTO_CUT],
    ["autoCut: { failures: off, firstByte: 3 }", { ...AUTO_CUT, failures: undefined, firstByte: 3 }],
    [
      "autoCut: { floor: 0.1%, confidence: 99.99%, inARow: off, observeOnly: true }",
      { ...AUTO_CUT, floor: 0.001, confidence: 0.9999, inARow: undefined, observeOnly: true },
    ],
  ])("reads when a candidate is cut by itself: %s", (written, settings) => {
    const [route] = rulesOf(documentWith({ route: written === "" ? [] : [written] })).routes;
    expect(route?.autoCut).toEqual(settings);
  });

  it.each([
    ["20MiB", 20 * 1024 * 1024],
    ["1.5 KB", 1500],
    ["512B", 512],
    ["2GiB", 2 * 1024 ** 3],
  ])("bounds a route's bodies by maxBody: %s", (written, bytes) => {
    expect(rulesOf(documentWith({ route: [`maxBody: ${written}`] })).routes[0]?.maxBody).toBe(bytes);
  });

  it("means what is written, not what YAML would make of it", () => {
    const text = documentWith({
      stable: "{ version: 1.10, endpoints: [http://a] }",
      route: ["salt: 0x1F"],
      rules: [
        "{ name: true, when: { header: { x-number: [1.0, 1e3, 012, !!str 2026], x-word: yes } }, candidate: 05.50% }",
      ],
    });
    expect(rulesOf(text).routes[0]).toMatchObject({
      stable: { version: "1.10" },
      salt: "0x1F",
      rules: [
        {
          name: "true",
          when: [{ values: ["1.0", "1e3", "012", "2026"] }, { values: ["yes"] }],
          shares: [{ points: 550 }],
        },
      ],
    });
    const split = documentWith({
      candidate: "{ version: 1.10, endpoints: [http://b] }",
      rules: ["{ name: a, split: { 1.10: 0.01% } }"],
    });
    expect(rulesOf(split).routes[0]?.rules[0]?.shares).toEqual([{ version: "1.10", points: 1 }]);
  });

  it("may ask for anything that a request has", () => {
    const text = documentWith({
      route: ["override: true", "modality: header:X-Modality", "salt: both"],
      rules: [
        "{ name: a, when: { customer: [acme, 'acme-*'], method: [GET], path: '/v1/*/infer', header: { X-Tier: ^gold$ } }, candidate: 5% }",
        "{ name: b, when: { modality: [text, 'im*'], customerType: beta }, candidate: 5% }",
      ],
    });
    expect(rulesOf(text).routes[0]).toMatchObject({
      override: [],
      modality: { from: "header", name: "x-modality" },
      salt: "both",
      rules: [
        {
          when: [
            { fact: "customer", values: ["acme", "acme-*"] },
            { fact: "method", values: ["GET"] },
            { fact: "path", values: ["/v1/*/infer"] },
            { fact: "header", name: "x-tier", values: ["^gold$"] },
          ],
        },
        {
          when: [
            { fact: "customerType", values: ["beta"] },
            { fact: "modality", values: ["text", "im*"] },
          ],
        },
      ],
    });
  });

  it("may tell a customer by all that a request carries", () => {
    const text = documentWith({
      customers:
        "{ id: [header:X-Id, jwt:sub, apiKey, body:/metadata/a~1b], type: [jwt:https://x/plan, directory], types: free, jwt: { algorithms: [RS256, ES256], jwks: https://a/keys, issuer: a, audience: b } }",
      route: ["stickyBy: [session, body:/user, customer, apiKey]"],
    });
    expect(rulesOf(text)).toMatchObject({
      customers: {
        id: [
          { from: "header", name: "x-id" },
          { from: "jwt", claim: "sub" },
          { from: "apiKey" },
          { from: "body", path: ["metadata", "a/b"] },
        ],
        type: [{ from: "jwt", claim: "https://x/plan" }, { from: "directory" }],
        types: ["free"],
        jwt: {
          algorithms: ["RS256", "ES256"],
          keys: { from: "jwks", at: "https://a/keys" },
          issuer: "a",
          audience: "b",
        },
      },
      routes: [
        {
          stickyBy: [{ from: "session" }, { from: "body", path: ["user"] }, { from: "customer" }, { from: "apiKey" }],
        },
      ],
    });
    const shared = documentWith({ customers: "{ id: jwt:sub, jwt: { algorithms: HS256, secret: '$" + "{KEY}' } }" });
    expect(rulesOf(shared).customers.jwt?.keys).toEqual({ from: "secret", env: "KEY" });
  });

  it("may say how a version wants to be asked", () => {
    const version = `{ version: b, endpoints: [https://b], model: b-v2, path: { prefix: /v1/, to: / },
      headers: { Authorization: "Bearer $\{KEY}!", x-team: canary }, tls: { ca: /ca.pem, servername: b.internal } }`;
    expect(rulesOf(documentWith({ candidate: version })).routes[0]?.candidates).toEqual([
      {
        version: "b",
        endpoints: ["https://b"],
        model: "b-v2",
        path: { prefix: "/v1", to: "" },
        headers: [
          {
            name: "authorization",
            value: [
              { from: "text", text: "Bearer " },
              { from: "env", env: "KEY" },
              { from: "text", text: "!" },
            ],
          },
          { name: "x-team", value: [{ from: "text", text: "canary" }] },
        ],
        tls: { ca: "/ca.pem", servername: "b.internal" },
      },
    ]);
  });

  it("may let rules hold for a time, and callers of a type choose", () => {
    const text = documentWith({
      route: ["override: { customerType: [internal, beta] }"],
      rules: ["{ name: a, between: [2026-12-01T09:00+01:00, '2026-12-24T18:00:30Z'], candidate: 5% }"],
    });
    expect(rulesOf(text).routes[0]).toMatchObject({
      override: [{ fact: "customerType", values: ["internal", "beta"] }],
      rules: [{ between: { from: Date.UTC(2026, 11, 1, 8), until: Date.UTC(2026, 11, 24, 18, 0, 30) } }],
    });
  });

  it("never quotes what may be a secret", () => {
    const secrets = REFUSALS.filter(({ text }) => text.includes("hunter2"));
    expect(secrets.length).toBeGreaterThan(1);
    for (const { text } of secrets) expect(JSON.stringify(errorsOf(text))).not.toContain("hunter2");
  });

  it("may ask for the model and for streams", () => {
    const text = documentWith({
      match: "[{ path: /v1/chat, model: [llama, 'qwen-*'] }]",
      rules: ["{ name: a, when: { model: llama, stream: true }, candidate: 5% }"],
    });
    expect(rulesOf(text).routes[0]).toMatchObject({
      match: [{ conditions: [{ fact: "model", values: ["llama", "qwen-*"] }] }],
      rules: [
        {
          when: [
            { fact: "model", values: ["llama"] },
            { fact: "stream", values: ["true"] },
          ],
        },
      ],
    });
  });

  it("may carry tests of itself", () => {
    const text = `${documentWith({
      match: "[{ path: /v1/chat, method: POST }, { path: /v1/* }]",
      stable: '{ version: "2026-10", endpoints: [http://a] }',
      route: ["stickyBy: customer", "override: { customerType: internal }"],
      rules: [
        "{ name: staff, when: { customerType: internal }, candidate: 100% }",
        "{ name: pictures, when: { modality: image }, candidate: 0% }",
        "{ name: llama, when: { model: 'llama-*', stream: false }, candidate: 100% }",
        "{ name: christmas, between: [2026-12-24T00:00Z, 2026-12-27T00:00Z], candidate: 0% }",
        "{ name: everyone, candidate: 5% }",
      ],
    })}tests:
  - { route: chat, given: { customerType: internal }, expect: candidate }
  - { route: chat, given: { headers: { x-type: internal } }, expect: b, rule: staff }
  - { route: chat, given: { headers: { x-type: internal, x-canary: never } }, expect: "2026-10", rule: none }
  - { route: chat, given: { path: /v1/images/edits, at: 2026-11-24T08:00Z }, expect: stable, rule: pictures }
  - { route: chat, given: { modality: image }, expect: stable }
  - { route: chat, given: { model: llama-3, stream: false }, expect: candidate, rule: llama }
  - { route: chat, given: { bucket: 0, at: 2026-12-25T00:00Z }, expect: stable, rule: christmas }
  - { route: chat, given: { bucket: 499, at: 2026-12-27T00:00Z }, expect: candidate, rule: everyone }
  - { route: chat, given: { bucket: 500 }, expect: stable }
  - { route: chat, given: { key: acme, at: 2026-11-24T08:00Z }, expect: stable, rule: everyone }
  - { route: chat, given: { path: /v1/files/f-1, method: GET, bucket: 0 }, expect: stable, rule: none }
`;
    expect(errorsOf(text)).toEqual([]);
    expect(rulesOf(text).tests[3]).toMatchObject({ route: "chat", expect: "stable", rule: "pictures" });
  });

  it("may share lists by aliases", () => {
    const text = documentWith({
      stable: "{ version: a, endpoints: &both [http://a, http://b] }",
      candidate: "{ version: b, endpoints: *both }",
    });
    expect(rulesOf(text).routes[0]?.candidates[0]?.endpoints).toEqual(["http://a", "http://b"]);
  });

  it("may have claims that overlap without one covering the other", () => {
    const text = documentWith({
      match:
        "[{ path: /v1/chat, method: POST }, { path: /v1/chat, header: { x-a: '*' } }, { path: /v1/* }, { path: /* }]",
      rules: [
        "{ name: a, when: { customer: '*' }, candidate: 5% }",
        "{ name: b, when: { customerType: [x, y], method: GET }, candidate: 5% }",
        "{ name: c, when: { customerType: [x, z] }, candidate: 5% }",
        "{ name: d, when: { customerType: 'x*' }, candidate: 5% }",
        "{ name: e, between: [2026-12-01T00:00Z, 2026-12-02T00:00Z], candidate: 5% }",
        "{ name: f, between: [2026-12-01T12:00Z, 2026-12-02T12:00Z], candidate: 5% }",
        "{ name: g, candidate: 5% }",
        "{ name: h, when: { stateful: true }, candidate: 5% }",
      ],
    });
    expect(errorsOf(text)).toEqual([]);
  });
});

it("takes 200 routes of 50 rules", () => {
  expect(errorsOf(manyRules())).toEqual([]);
});

describe("a document that is too much", () => {
  const levels = 40;
  const bomb = Array.from({ length: levels }, (_, i) =>
    i === 0 ? "a0: &a0 [x, x]" : `a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`,
  ).join("\n");
  const wide = `a: &a [${"x, ".repeat(1_000)}]\nb: [${"*a, ".repeat(1_000)}]`;

  it.each([
    ["larger than 4 MiB", `# ${"x".repeat(10 * 1024 * 1024)}`, "larger than 4 MiB"],
    ["larger than 4 MiB in bytes", `# ${"ü".repeat(2_400_000)}`, "larger than 4 MiB"],
    ["deep in brackets", "[".repeat(1_000_000), "levels deep"],
    ["deep in braces", "{ a: ".repeat(200_000), "levels deep"],
    ["deep in dashes", "- ".repeat(500_000), "levels deep"],
    ["deep in question marks", "? ".repeat(500_000), "levels deep"],
    ["deep in indentation", Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), "levels deep"],
    ["an alias bomb of many levels", bomb, "aliases"],
    ["an alias bomb of one level", wide, "aliases"],
    ["many documents", "---\n".repeat(250_000), "second document"],
  ])("is refused at once when it is %s", (_, text, message) => {
    const errors = errorsOf(text);
    expect(quickest(() => errorsOf(text))).toBeLessThan(100);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(message);
  });

  it("is not worth more than its size when it is dense", () => {
    for (const text of [`a: [${"b,".repeat(600_000)}]`, `a: "${"\\z".repeat(300_000)}"`, "&a ".repeat(600_000)]) {
      expect(errorsOf(text)[0]?.message).toContain("1,000,000 words and signs");
    }
  });

  it("is answered with a hundred mistakes, and how many more there are", () => {
    const errors = errorsOf(Array.from({ length: 1_000 }, (_, i) => `k${i}: 1`).join("\n"));
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)?.message).toBe("There are 902 more mistakes after this one: repair these first.");
  });

  it("is not tested without end", () => {
    const rules = Array.from({ length: 1_000 }, (_, i) => {
      const [from, until] = [i, i + 2].map((second) => new Date(second * 1_000).toISOString().replace(".000", ""));
      return `{ name: r${i}, when: { customer: x }, between: [${from}, ${until}], candidate: 1% }`;
    });
    const tests = "  - { route: chat, given: { customer: x }, expect: stable }\n".repeat(1_000);
    const text = `${documentWith({ rules })}tests:\n${tests}`;
    expect(errorsOf(text).at(-1)?.message).toContain("too much work");
    expect(quickest(() => errorsOf(text))).toBeLessThan(1_500);
  });

  it("is not compared rule by rule without end: what is not proven soon counts as reachable", () => {
    const rule = (i: number, name = `r${i}`) =>
      `{ name: ${name}, when: { header: { x-a: [a, u${i}], x-b: [b, v${i}] } }, candidate: 1% }`;
    const document = (count: number) =>
      documentWith({ rules: [...Array.from({ length: count }, (_, i) => rule(i)), rule(count - 1, "last")] });
    expect(errorsOf(document(100)).map(({ path }) => path)).toEqual(["routes[0].rules[100]"]);
    expect(errorsOf(document(1_500))).toEqual([]);
  });
});
