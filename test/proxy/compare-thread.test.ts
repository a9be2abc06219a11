import type { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import type { ComparedNumbers } from "../../src/metrics/shadow-cells.ts";
import type { ComparingApart } from "../../src/proxy/shadow/compare-apart.ts";
import type { Found } from "../../src/proxy/shadow/compare-bodies.ts";
import { Comparisons } from "../../src/proxy/shadow/comparisons.ts";
import type { AnswerPair } from "../../src/proxy/shadow/shadow-desk.ts";
import type { ComparisonHow } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

/** As it is shipped: threads run what is built. */
async function startApart(): Promise<ComparingApart> {
  const module: { readonly ComparingApart: typeof ComparingApart } = await import(
    new URL("../../dist/proxy/shadow/compare-apart.js", import.meta.url).href
  );
  const apart = new module.ComparingApart([]);
  onTestFinished(() => apart.stop());
  return apart;
}

async function startThread() {
  const apart = await startApart();
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

it("compares on in another thread when one has died, and requests notice nothing", async () => {
  const threads: Worker[] = [];
  const note = (thread: Worker) => void threads.push(thread);
  process.on("worker", note);
  onTestFinished(() => void process.off("worker", note));
  const results: ComparedNumbers["result"][] = [];
  const comparisons = new Comparisons(await startApart(), ({ numbers }) => results.push(numbers.result));
  const kill = async () => void (await threads.at(-1)?.terminate());
  let onAsked = async (): Promise<void> => {};
  const shadows = {
    ...{ onSent: () => {}, onDropped: () => {}, onEnd: () => {} },
    onPair(pair: AnswerPair) {
      comparisons.take(pair);
      void onAsked();
    },
  };
  let answer = "";
  const model = () => startHttp((request, response) => request.resume().on("end", () => response.end(answer)));
  const [stable, sandbox] = [await using(model()), await using(model())];
  const route = {
    sandbox: [{ version: "v9", endpoints: [sandbox.url] }],
    shadow: { version: "v9", points: 10_000, keepsCredentials: false, withClient: false },
    compare: { how: EXACT, least: undefined, keep: 0 },
  };
  const { url, lane } = await laneTo(stable.url, { shadows, route });
  const ask = async (text: string) => {
    answer = text;
    const count = results.length;
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "{}" });
    expect([response.status, (await response.text()) === text]).toEqual([200, true]);
    await until("the answers are compared", () => results.length > count);
    return results.at(-1);
  };
  expect(await ask("[1]")).toBe("agree");
  await kill();
  expect(await ask("[2]")).toBe("agree");
  onAsked = kill;
  expect(await ask(`[${"{},".repeat(145_000)}1]`)).toEqual({ uncompared: "unreadable" });
  onAsked = async () => {};
  expect(await ask("[3]")).toBe("agree");
  expect(threads.length).toBe(3);
  await until("no copy is held", () => lane.copyBudget.free === lane.settings.copyTotal);
}, 60_000);
