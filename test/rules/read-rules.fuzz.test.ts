import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { compile } from "../../src/routing/table.ts";
import { setShare } from "../../src/rules/edit-rules.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { REFUSALS } from "./refusals.ts";

const TEXTS = [
  readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8"),
  ...REFUSALS.map(({ text }) => text),
];
const PIECES = [
  ...["[", "]", "{", "}", ":", ": ", "- ", "? ", "&a ", "*a", "!x ", "!!str ", "|", ">-", "'", '"', "#", "%", "@", "`"],
  ...[
    "\n",
    "\r",
    "\t",
    " ",
    "  ",
    "\0",
    "\ufeff",
    "\u2028",
    "\ud800",
    "---\n",
    "...\n",
    "<<: ",
    "~",
    "\\x",
    "%YAML 1.1\n",
  ],
  ...["__proto__", "constructor", "5%", "null", "routes", "candidate", "version: 1"],
];

/** What is true of every answer. */
function answered(text: string): void {
  const read = readRules(text);
  if (read.kind === "rules") {
    compile(read.rules, 1);
    return;
  }
  expect(read.errors.length).toBeGreaterThan(0);
  for (const { line, column, message } of read.errors) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(message).toMatch(/^[^\x00-\x1f]{10,600}[.?]$/);
  }
}

describe("readRules", () => {
  it("answers any text, and never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), answered), { numRuns: 300 });
    const pieces = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, (pieces) => answered(pieces.join(""))),
      { numRuns: 600 },
    );
  });

  it("answers documents with something put in, taken out or written twice", () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      out: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...PIECES), fc.constant("")),
    });
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        let changed = text;
        for (const { at, out, put } of changes) {
          const start = Math.floor(at * changed.length);
          changed = changed.slice(0, start) + put + changed.slice(start + out);
        }
        answered(changed);
        setShare(changed, { route: "chat", rule: "everyone else", share: "7%" });
      }),
      { numRuns: 600 },
    );
  });

  it("answers any value where another one is expected", () => {
    const example: unknown = JSON.parse(JSON.stringify(rulesAsJson()));
    const paths = pathsOf(example);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (path, value) =>
        answered(stringify(withValue(example, path, value))),
      ),
      { numRuns: 300 },
    );
  });
});

describe("rules that were accepted", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9 -]{0,8}[a-z]$/).filter((name) => name !== "none");
  const value = fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), fc.constantFrom("*", "a*", "größe", "1.10"));
  const points = fc.integer({ min: 0, max: 3_000 }).map((points) => `${points / 100}%`);
  const rule = fc.record({
    name,
    when: fc.record({
      customer: fc.array(value, { minLength: 1, maxLength: 3 }),
      method: fc.constantFrom("GET", "POST"),
    }),
    split: fc.record({ b: points, c: points }),
  });
  const route = fc.record(
    {
      name,
      match: fc.array(
        fc.record({
          path: fc.stringMatching(/^(\/[a-z]{1,3}){1,3}(\/\*)?$/),
          header: fc.record({ "x-a": value }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      stable: fc.constant({ version: "a", endpoints: "http://a" }),
      candidates: fc.constant(["b", "c"].map((version) => ({ version, endpoints: ["https://b:1/x"] }))),
      stickyBy: fc.constantFrom("customer", ["header:X-Session", "customer"]),
      rules: fc.uniqueArray(rule, { minLength: 1, maxLength: 4, selector: (rule) => rule.name }),
      override: fc.boolean(),
      salt: name,
    },
    { requiredKeys: ["name", "match", "stable", "candidates"] },
  );
  const document = fc.record({
    version: fc.constant(1),
    customers: fc.constant({ id: "header:x-id" }),
    routes: fc.uniqueArray(route, { minLength: 1, maxLength: 4, selector: (route) => route.name }),
  });

  it("can always be compiled, and are what was written", () => {
    let accepted = 0;
    fc.assert(
      fc.property(document, (document) => {
        const read = readRules(stringify(document));
        // Some generated rules cannot be reached, which is all that may be wrong with them.
        if (read.kind === "refused")
          return read.errors.every(({ message }) => message.startsWith("No request reaches"));
        accepted++;
        const table = compile(read.rules, 1);
        expect(table.routes.map(({ route }) => route.name)).toEqual(document.routes.map(({ name }) => name));
        return true;
      }),
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

function rulesAsJson(): unknown {
  return {
    version: 1,
    customers: { id: ["header:x-id"], type: "header:x-type", defaultType: "standard" },
    routes: [
      {
        name: "chat",
        match: [{ path: "/v1/*", method: ["POST"], header: { "x-a": "b" } }],
        stable: { version: "a", endpoints: ["http://a"] },
        candidates: [{ version: "b", endpoints: "http://b" }],
        stickyBy: ["header:x-session", "customer"],
        modality: "image",
        override: true,
        salt: "s",
        rules: [{ name: "r", when: { customerType: ["internal"], header: { "x-a": ["b"] } }, split: { b: "5%" } }],
      },
    ],
  };
}

type JsonPath = readonly (string | number)[];

function pathsOf(value: unknown, path: JsonPath = []): JsonPath[] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Array.isArray(value)
    ? value.flatMap((item, i) => pathsOf(item, [...path, i]))
    : Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]));
  return [path, ...inside];
}

function withValue(root: unknown, [key, ...rest]: JsonPath, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(root)) return root.map((item, i) => (i === key ? withValue(item, rest, value) : item));
  if (typeof root !== "object" || root === null) return root;
  const entries = Object.entries(root);
  return Object.fromEntries(entries.map(([k, item]) => [k, k === key ? withValue(item, rest, value) : item]));
}
