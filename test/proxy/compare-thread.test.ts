import { expect, it, onTestFinished } from "vitest";
import type { ComparingApart } from "../../src/proxy/shadow/compare-apart.ts";
import type { Found } from "../../src/proxy/shadow/compare-bodies.ts";
import type { ComparisonHow } from "../../src/routing/rules.ts";

/** As it is shipped: threads run what is built. */
async function startThread() {
  const module: { readonly ComparingApart: typeof ComparingApart } = await import(
    new URL("../../dist/proxy/shadow/compare-apart.js", import.meta.url).href
  );
  const apart = new module.ComparingApart([]);
  onTestFinished(() => apart.stop());
  const side = (text: string) => ({
    ...{ status: 200, bytes: Buffer.from(text), contentType: "application/json", contentEncoding: undefined },
  });
  return (how: ComparisonHow, primary: string, shadow: string): Promise<Found | "full"> =>
    new Promise((resolve) => {
      const question = { how, route: "r", version: "v", path: "/", primary: side(primary), shadow: side(shadow) };
      if (!apart.ask(question, resolve)) resolve("full");
    });
}

const EXACT: ComparisonHow = { as: "json", tolerance: 0, ignore: [] };

it("compares in a thread, whose memory no answer can use up", async () => {
  const ask = await startThread();
  expect(await ask(EXACT, '{"a":1}', '{"a":2}')).toMatchObject({ agrees: false, difference: { where: "/a" } });
  const ways: readonly ComparisonHow[] = [
    EXACT,
    { as: "text", similarity: 0.5 },
    { as: "tensors", tolerance: 0 },
    { as: "labels", tolerance: 0 },
  ];
  // As many small values as fit into what is compared at all, and as many as are still read.
  const [most, many] = [1_300_000, 145_000].map((count) => `[${"{},".repeat(count)}1]`);
  for (const how of ways) expect(await ask(how, most ?? "", most ?? "")).toBe("unreadable");
  expect(await ask(EXACT, many ?? "", many ?? "")).toMatchObject({ agrees: true });
  const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [i, i])));
  expect(await ask(EXACT, keys, keys)).toMatchObject({ agrees: true });
  expect(await ask(EXACT, '{"a":1}', '{"a":1}')).toMatchObject({ agrees: true });
}, 60_000);
