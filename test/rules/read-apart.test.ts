import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import { compile } from "../../src/routing/table.ts";
import type { readRulesApart } from "../../src/rules/read-apart.ts";
import { type ReadRules, readRules } from "../../src/rules/read-rules.ts";
import { documentWith } from "./refusals.ts";

/** As it is shipped: threads run what is built. */
async function built(): Promise<typeof readRulesApart> {
  const module: { readonly readRulesApart: typeof readRulesApart } = await import(
    new URL("../../dist/rules/read-apart.js", import.meta.url).href
  );
  return module.readRulesApart;
}

function routes(count: number): string {
  const route = (i: number) =>
    `  - { name: r${i}, match: [{ path: /m/${i}/* }], stable: { version: a, endpoints: http://a }, candidate: { version: b, endpoints: http://b }, rules: [{ name: all, candidate: 5% }] }\n`;
  return `version: 1\nroutes:\n${Array.from({ length: count }, (_, i) => route(i)).join("")}`;
}

/** Milliseconds in which this thread could not do anything else. */
async function held(read: () => Promise<ReadRules> | ReadRules): Promise<number> {
  const before = performance.eventLoopUtilization();
  await read();
  await new Promise((resolve) => setImmediate(resolve));
  return performance.eventLoopUtilization(before).active;
}

it("reads large documents as small ones, and mistakes too", async () => {
  const read = await built();
  const wrong = routes(60).replace("5%", "5").replace("/m/7/*", "m/7");
  for (const text of [documentWith({}), routes(60), wrong]) expect(await read(text)).toEqual(readRules(text));
  const large = await read(routes(60));
  expect(large.kind === "rules" && compile(large.rules, 1).routes.length).toBe(60);
});

it("leaves this thread to the requests", async () => {
  const read = await built();
  const text = routes(400);
  const here = await held(() => readRules(text));
  expect(await held(() => read(text))).toBeLessThan(here / 3);
});
