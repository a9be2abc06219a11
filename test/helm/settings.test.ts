import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { SETTING_NAMES } from "../../src/config.ts";
import { CHART } from "./chart.ts";

/** Settings that the chart makes of other values, or that have one right value in its pods. */
const OF_THE_CHART =
  /^proxy\.(port|tls\w+)$|^admin\.(port|tokens?|sessionKey)$|^oidc\.clientSecret$|^store\.(redis\w+|rulesFile|snapshotFile)$|^tracing\.headers$/;

const FILE = join(CHART, "values.schema.json");
const Section = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
const Config = z.looseObject({ properties: z.record(z.string(), Section) });
const Schema = z.looseObject({ properties: z.looseObject({ config: Config }) });

/** With UPDATE_DOCS=1 it writes the schema. */
it("takes in `config` every setting that the router has and no other", () => {
  const schema = Schema.parse(JSON.parse(readFileSync(FILE, "utf8")));
  const { properties: sections } = schema.properties.config;
  const wanted = SETTING_NAMES.filter(({ key }) => !OF_THE_CHART.test(key));
  if (process.env["UPDATE_DOCS"] === "1") {
    for (const section of new Set(wanted.map((one) => one.section))) {
      const old = sections[section] ?? { type: "object", additionalProperties: false, properties: {} };
      const names = wanted.filter((one) => one.section === section).map(({ name }) => name);
      const setting = { type: ["string", "number", "boolean", "array"] };
      const properties = Object.fromEntries(names.map((name) => [name, old.properties[name] ?? setting]));
      sections[section] = { ...old, properties };
    }
    writeFileSync(FILE, `${JSON.stringify(schema, null, 2)}\n`);
  }
  const known = Object.entries(sections).flatMap(([section, { properties }]) =>
    Object.keys(properties).map((name) => `${section}.${name}`),
  );
  const fix = "UPDATE_DOCS=1 npx vitest run test/helm/settings.test.ts";
  expect(known.sort(), fix).toEqual(wanted.map(({ key }) => key).sort());
});
