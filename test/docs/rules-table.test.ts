import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { rulesJsonSchema } from "../../src/rules/json-schema.ts";
import { readRules } from "../../src/rules/read-rules.ts";

interface Row {
  /** Where the key stands: `route`, `when`, … */
  readonly place: string;
  readonly key: string;
  readonly example: string;
}

const TEXT = readFileSync(new URL("../../docs/rules.md", import.meta.url), "utf8");
const ROWS: readonly Row[] = [...TEXT.matchAll(/^\| (\w+) \| `(\w+)` \| `(.+?)` \| .+ \|$/gm)].map((found) => ({
  place: found[1] ?? "",
  key: found[2] ?? "",
  example: found[3] ?? "",
}));

const VERSION = { version: "2026-10", endpoints: ["http://10.0.0.11:8000"] };
const CANDIDATE = { version: "2026-11", endpoints: ["http://10.0.1.11:8000"] };

/** A right document that says what the example does, in its place. */
function documentOf({ place, key, example }: Row): string {
  const said: object = parse(`{ ${example} }`);
  const at = (name: string) => (place === name ? said : {});
  const rule = {
    name: "everyone",
    ...(key !== "split" && key !== "ramp" && place !== "step" && { candidate: "0%" }),
    ...(place === "step" && { ramp: [said, { to: "100%" }] }),
    ...at("rule"),
    ...(place === "when" && { when: said }),
  };
  const version = {
    ...VERSION,
    ...(place === "path" && { path: said }),
    ...(place === "tls" && { endpoints: "https://10.0.0.11", tls: said }),
    ...at("version"),
  };
  const route = {
    name: "chat",
    match: [{ path: "/v1/chat/completions", ...at("match") }],
    stable: version,
    ...(key !== "candidates" && { candidate: CANDIDATE }),
    rules: [rule],
    ...(key !== "sandbox" && { sandbox: [{ version: "2027-01", endpoints: ["http://10.0.3.11:8000"] }] }),
    ...(place === "autoCut" && { autoCut: said }),
    ...(place === "shadow" && { shadow: said }),
    ...(place === "compare" && { compare: said }),
    ...(place === "capture" && { capture: said }),
    ...(place === "redact" && { capture: { share: "5%", redact: said } }),
    ...at("route"),
  };
  const identity = { id: "header:x-id", type: "header:x-type" };
  const tests = place === "given" ? [{ route: "chat", given: said, expect: "stable" }] : [said];
  return stringify({
    version: 1,
    customers: place === "jwt" ? { id: "jwt:sub", jwt: said } : { ...identity, ...at("customers") },
    routes: [route],
    ...((place === "given" || place === "test") && { tests }),
    ...at("document"),
  });
}

/** The keys that the grammar has, by the places of the table. */
function keysOfGrammar(): Record<string, readonly string[]> {
  const root: unknown = rulesJsonSchema();
  const within = (...path: readonly string[]) => path.reduce(propertiesOf, root);
  const route = ["routes"];
  const places: Record<string, readonly string[]> = {
    document: [],
    customers: ["customers"],
    jwt: ["customers", "jwt"],
    route,
    autoCut: [...route, "autoCut"],
    shadow: [...route, "shadow"],
    compare: [...route, "compare"],
    capture: [...route, "capture"],
    redact: [...route, "capture", "redact"],
    match: [...route, "match"],
    version: [...route, "stable"],
    path: [...route, "stable", "path"],
    tls: [...route, "stable", "tls"],
    rule: [...route, "rules"],
    when: [...route, "rules", "when"],
    step: [...route, "rules", "ramp"],
    test: ["tests"],
    given: ["tests", "given"],
  };
  return Object.fromEntries(Object.entries(places).map(([place, path]) => [place, namesIn(within(...path))]));
}

/** The schema of a key, in a map or in a list of maps. */
function propertiesOf(schema: unknown, key: string): unknown {
  return member(member(mapOf(schema), "properties"), key);
}

function namesIn(schema: unknown): readonly string[] {
  return Object.keys(Object(member(mapOf(schema), "properties")));
}

function mapOf(schema: unknown): unknown {
  const forms = member(schema, "anyOf");
  if (Array.isArray(forms)) return forms.find((form) => member(form, "properties") !== undefined) ?? schema;
  return member(schema, "items") ?? schema;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

describe("the table of all that can be said", () => {
  it.each(ROWS)("has an example of `$key` in $place that is right", (row) => {
    expect(Object.keys(Object(parse(`{ ${row.example} }`)))).toContain(row.key);
    const text = documentOf(row);
    const read = readRules(text);
    expect(read.kind === "rules" ? [] : read.errors, text).toEqual([]);
  });

  it("has every key of the grammar, and no other", () => {
    const told: Record<string, string[]> = {};
    for (const { place, key } of ROWS) {
      const keys = told[place] ?? [];
      told[place] = [...keys, key];
    }
    const sorted = (all: Record<string, readonly string[]>) =>
      Object.fromEntries(Object.entries(all).map(([place, keys]) => [place, [...keys].sort()]));
    expect(sorted(told)).toEqual(sorted(keysOfGrammar()));
  });
});
