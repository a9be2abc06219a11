import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type CaptureOptions, startCapture } from "../../src/capture/capture.ts";
import { capturedWords, type WordsOptions } from "../../src/capture/captured-words.ts";
import { DETECTORS } from "../../src/inference/redact-text.ts";
import { type Onlooker, together } from "../../src/proxy/onlooker.ts";
import type { ShadowDesk } from "../../src/proxy/shadow/shadow-desk.ts";
import type { Capture, Route } from "../../src/routing/rules.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";
import { startAnswering, startHttp, startResetting, startSilent } from "../kit/upstream.ts";
import { laneTo, using } from "../proxy/lane-fixture.ts";

const CHAT = "/v1/chat/completions";
const EVERYTHING: Capture = {
  points: 10_000,
  fields: ["request", "answer"],
  limit: 4_096,
  redact: { pointers: [], detect: DETECTORS },
};
const CUSTOMERS = {
  id: [{ from: "header", name: "x-customer-id" }],
  type: [],
  defaultType: "standard",
  types: [],
} as const;
const Record = z.looseObject({ kind: z.string(), requestId: z.string() });

interface Wanted {
  readonly capture?: Partial<Capture>;
  readonly route?: Partial<Route>;
  readonly options?: Partial<CaptureOptions & WordsOptions>;
  readonly answer?: { readonly type: string; readonly body: string };
  readonly lane?: Pick<Parameters<typeof laneTo>[1] & {}, "settings" | "shadows">;
}

async function stage({ capture, route, options, answer, lane: aside }: Wanted = {}) {
  const records: z.output<typeof Record>[] = [];
  const log = memoryLog();
  const store = {
    failing: false,
    async write(lines: readonly string[]) {
      if (store.failing) throw new Error("the disk is full");
      records.push(...lines.map((line) => Record.parse(JSON.parse(line))));
    },
    async close() {},
  };
  const now = () => new Date("2026-11-24T14:00:00Z");
  const { onCaptured, onWord } = capturedWords({ store, queue: 100, memory: 100, now, log, ...options });
  const capturing = {
    ...startCapture({ store, queue: 100, draw: () => 0, now, log, onCaptured, ...options }),
    onWord,
  };
  onTestFinished(() => capturing.close());
  const model = await using(
    startHttp((request, response) => {
      request.resume();
      request.on("end", () => {
        response.setHeader("content-type", answer?.type ?? "application/json");
        response.end(answer?.body ?? '{"choices":[{"message":{"content":"write to bob@example.com"}}]}');
      });
    }),
  );
  const lane = await laneTo(model.url, {
    onlooker: capturing.onlooker,
    route: { capture: { ...EVERYTHING, ...capture }, ...route },
    rules: { customers: { ...CUSTOMERS, jwt: undefined } },
    ...aside,
  });
  const ask = async (body = '{"model":"m","user":"u-1","messages":[]}', headers: Record<string, string> = {}) => {
    const sent = { "content-type": "application/json", ...headers };
    const response = await fetch(lane.url + CHAT, { method: "POST", headers: sent, body });
    await response.text();
    return response;
  };
  const got = async (count: number) => {
    await until(`${count} records are there`, () => records.length >= count);
    return records;
  };
  return { records, log, store, capturing, lane, ask, got };
}

describe("a captured request", () => {
  it("is kept with its facts, the decision, the outcome and both bodies, redacted", async () => {
    const { ask, got } = await stage({ capture: { redact: { pointers: [["user"]], detect: DETECTORS } } });
    const response = await ask('{"model":"m","user":"u-1","messages":[{"content":"my card is 4111 1111 1111 1111"}]}');
    expect(await got(1)).toEqual([
      {
        kind: "request",
        at: "2026-11-24T14:00:00.000Z",
        requestId: response.headers.get("x-request-id"),
        method: "POST",
        path: CHAT,
        route: "chat",
        version: "v1",
        track: "stable",
        rule: "none",
        reason: "no rule",
        customerType: "standard",
        modality: "text",
        status: 200,
        firstByteMs: expect.any(Number),
        durationMs: expect.any(Number),
        request: {
          bytes: 84,
          kind: "json",
          json: { model: "m", user: "[redacted]", messages: [{ content: "my card is [card]" }] },
        },
        answer: {
          bytes: 64,
          kind: "json",
          json: { choices: [{ message: { content: "write to [email]" } }] },
        },
      },
    ]);
  });

  it("has no bodies and no customer unless the rules ask for them", async () => {
    const { ask, got } = await stage({ capture: { fields: [] } });
    await ask(undefined, { "x-customer-id": "acme" });
    const [record] = await got(1);
    expect(record).not.toHaveProperty("request");
    expect(record).not.toHaveProperty("answer");
    expect(JSON.stringify(record)).not.toMatch(/acme|u-1|bob/);
  });

  it("names the customer where that is asked for, as far as it is no address", async () => {
    const { ask, got } = await stage({ capture: { fields: ["customer"] } });
    await ask(undefined, { "x-customer-id": "acme" });
    await ask(undefined, { "x-customer-id": "bob@example.com" });
    expect((await got(2)).map((record) => record["customer"])).toEqual(["acme", "[email]"]);
  });

  it("has of a stream what was generated", async () => {
    const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
    const body = `${event("bob@exam")}${event("ple.com")}data: [DONE]\n\n`;
    const { ask, got } = await stage({ answer: { type: "text/event-stream", body } });
    await ask();
    expect((await got(1))[0]?.["answer"]).toEqual({ bytes: body.length, kind: "stream", text: "[email]", events: 2 });
  });

  it("says why a body is left out", async () => {
    const large = `{"text":"${"x".repeat(5_000)}"}`;
    const { ask, got } = await stage({ answer: { type: "application/json", body: large } });
    await ask(undefined, { "content-encoding": "gzip" });
    expect((await got(1))[0]).toMatchObject({
      request: { kind: "left out", why: "coded" },
      answer: { bytes: 5_011, kind: "left out", why: "too_large" },
    });
  });

  it("that another onlooker sees more of is kept no larger than the rules say", async () => {
    const { capturing, records } = await stage();
    const greedy = () => ({ requestLimit: 100_000, answerLimit: 100_000, keepsPart: true, onEnd() {} });
    const model = await using(startAnswering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "end"));
    const onlooker: Onlooker = (request) => together(capturing.onlooker(request), greedy());
    const { url } = await laneTo(model.url, { onlooker, route: { capture: EVERYTHING } });
    const headers = { "content-type": "application/json" };
    await (await fetch(url + CHAT, { method: "POST", headers, body: `{"t":"${"x".repeat(9_000)}"}` })).text();
    await until("it is kept", () => records.length === 1);
    expect(records[0]).toMatchObject({ request: { bytes: 9_008, kind: "left out", why: "too_large" } });
  });

  it("that failed tells how", async () => {
    const { capturing, records } = await stage();
    const resetting = await using(startResetting());
    const { url } = await laneTo(resetting.url, { onlooker: capturing.onlooker, route: { capture: EVERYTHING } });
    await (await fetch(url + CHAT, { method: "POST", body: "{}" })).text();
    await until("it is kept", () => records.length === 1);
    expect(records[0]).toMatchObject({ status: 502, failure: "reset" });
    expect(records[0]).not.toHaveProperty("answer");
  });
});

describe("which requests are captured", () => {
  it("are none of a route that does not say so", async () => {
    const { ask, records, capturing } = await stage({ route: { capture: undefined } });
    await ask();
    await capturing.close();
    expect(records).toEqual([]);
  });

  it("are always those of the same customers, whoever goes to a candidate", async () => {
    const stickyBy = [{ from: "customer" }] as const;
    const { ask, records, capturing } = await stage({
      capture: { points: 3_000, fields: ["customer"] },
      route: { stickyBy },
    });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 40; i++) await ask(undefined, { "x-customer-id": `customer-${i}` });
    }
    await capturing.close();
    const customers = records.map((record) => record["customer"]);
    const half = customers.length / 2;
    expect(customers.slice(0, half)).toEqual(customers.slice(half));
    expect(half).toBeGreaterThan(3);
    expect(half).toBeLessThan(25);
  });
});

describe("what people say of answers", () => {
  it("is a record of its own that has the request's id, and is taken once", async () => {
    const { ask, got, capturing } = await stage();
    const requestId = (await ask()).headers.get("x-request-id") ?? "";
    await got(1);
    expect(capturing.onWord(requestId, true)).toBe(true);
    expect(capturing.onWord(requestId, false)).toBe(false);
    expect(capturing.onWord("never heard of", true)).toBe(false);
    expect((await got(2))[1]).toEqual({
      kind: "feedback",
      at: "2026-11-24T14:00:00.000Z",
      requestId,
      route: "chat",
      version: "v1",
      good: true,
    });
  });

  it("is remembered for a bounded number of requests", async () => {
    const { ask, got, capturing } = await stage({ options: { memory: 2 } });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await ask()).headers.get("x-request-id") ?? "");
    await got(3);
    expect(ids.map((id) => capturing.onWord(id, true))).toEqual([false, true, true]);
  });
});

describe("beside a shadow that hangs", () => {
  const body = JSON.stringify({ model: "m", messages: [{ content: "word ".repeat(1_000) }] });
  const hanging = async () => ({
    sandbox: [{ version: "v9", endpoints: [(await using(startSilent())).url] }],
    shadow: { version: "v9", points: 10_000, keepsCredentials: false, withClient: false },
    compare: { how: { as: "json", tolerance: 0, ignore: [] }, least: undefined, keep: 0 } as const,
  });

  it("requests are captured whole, because it keeps no more than half of the memory for copies", async () => {
    const dropped: string[] = [];
    const shadows: ShadowDesk = {
      onSent: () => {},
      onDropped: (_, why) => dropped.push(why),
      onEnd: () => {},
      onPair: () => {},
    };
    const settings = { copyTotal: 6 * body.length };
    const wanted = { capture: { limit: 1_000_000 }, route: await hanging(), lane: { settings, shadows } };
    const { ask, got, lane } = await stage(wanted);
    for (let i = 1; i <= 8; i++) {
      await ask(body);
      const record = (await got(i))[i - 1];
      expect(record).toMatchObject({ request: { bytes: body.length, kind: "json" }, answer: { kind: "json" } });
    }
    // Two requests with their answers, and a third without one.
    expect(dropped).toEqual(Array(6).fill("no_memory"));
    await lane.lane.drain(0);
    expect(lane.lane.copyBudget.free).toBe(settings.copyTotal);
  });
});

describe("when records cannot be kept", () => {
  it("they are lost, counted and told of once, and requests are served", async () => {
    const { ask, store, capturing, log, got } = await stage();
    store.failing = true;
    expect((await ask()).status).toBe(200);
    await until("the loss is counted", () => capturing.counts.store_failed === 1);
    expect((await ask()).status).toBe(200);
    await until("and the next", () => capturing.counts.store_failed === 2);
    expect(log.said("error")).toHaveLength(1);
    expect(capturing.up()).toBe(false);
    store.failing = false;
    await ask();
    await got(1);
    expect(capturing.up()).toBe(true);
    expect(capturing.counts).toEqual({ written: 1, queue_full: 0, store_failed: 2 });
  });

  it("no more of them wait than may, and no memory is held for the others", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store = { write: () => held, async close() {} };
    const { ask, capturing, lane, log } = await stage({ options: { store, queue: 3 } });
    const free = lane.lane.copyBudget.free;
    for (let i = 0; i < 12; i++) await ask();
    await until("some are lost", () => capturing.counts.queue_full > 0);
    expect(log.said("warn")).toHaveLength(1);
    release();
    await until("all is told", () => capturing.counts.written + capturing.counts.queue_full === 12);
    await until("all memory is free", () => lane.lane.copyBudget.free === free);
  });
});
