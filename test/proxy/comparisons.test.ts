import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { BodyCopy } from "../../src/proxy/body-copy.ts";
import { CopyBudget } from "../../src/proxy/copy-budget.ts";
import { ComparingApart } from "../../src/proxy/shadow/compare-apart.ts";
import { type Compared, Comparisons } from "../../src/proxy/shadow/comparisons.ts";
import type { Answered, AnswerPair } from "../../src/proxy/shadow/shadow-desk.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import type { ComparisonHow, Route } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";

const JSON_HOW: ComparisonHow = { as: "json", tolerance: 0, ignore: [] };

function routeWith(how: ComparisonHow | undefined): Route {
  return {
    name: "chat",
    match: [{ path: undefined, conditions: [] }],
    stable: { version: "v1", endpoints: ["http://a:1"] },
    candidates: [],
    sandbox: [{ version: "v9", endpoints: ["http://b:1"] }],
    shadow: { version: "v9", points: 10_000, keepsCredentials: false, withClient: false },
    compare: how && { how, least: undefined, keep: 0 },
    stickyBy: [],
    rules: [],
    modality: { from: "derived" },
    override: false,
    salt: "chat",
  };
}

interface Side extends Partial<Outcome> {
  readonly body?: string | Buffer;
  readonly encoding?: string;
  readonly lost?: "too_large";
}

function answered({ body, encoding, lost, ...outcome }: Side): Answered {
  const budget = new CopyBudget(1_000_000);
  const copy = new BodyCopy(100_000, false, budget);
  const bytes = Buffer.from(body ?? "");
  copy.begin(bytes.length, "application/json", encoding);
  copy.take(bytes, 0, bytes.length);
  copy.lost = lost;
  const good: Outcome = { status: 200, failure: undefined, firstByte: 10, duration: 100, overhead: 0 };
  return { outcome: { ...good, ...outcome }, body: body === undefined ? undefined : copy };
}

async function compared(how: ComparisonHow | undefined, primary: Side, shadow: Side): Promise<Compared> {
  const customers = { id: [], type: [], defaultType: "standard", types: [], jwt: undefined };
  const decision = compile({ customers, routes: [routeWith(how)], tests: [] }, 1).routes[0]?.noRule;
  if (decision?.shadow === undefined) throw new Error("there is a shadow");
  const pair: AnswerPair = {
    ...{ plan: decision.shadow, decision, requestId: "r1", path: "/v1/chat/completions" },
    labels: { customerType: "standard", modality: "text", caller: undefined },
    primary: answered(primary),
    shadow: answered(shadow),
  };
  const all: Compared[] = [];
  const apart = new ComparingApart([]);
  onTestFinished(() => apart.stop());
  new Comparisons(apart, (one) => all.push(one)).take(pair);
  await until("they are compared", () => all.length > 0);
  const [first] = all;
  if (first === undefined || all.length > 1) throw new Error("they are compared once");
  return first;
}

describe("two answers to one request", () => {
  it("agree by what became of them where nobody looks into them", async () => {
    const { numbers } = await compared(undefined, { duration: 100 }, { duration: 250 });
    expect(numbers).toMatchObject({ result: "agree", durationRatio: 2.5 });
  });

  it("do not when one has failed and the other not", async () => {
    const { numbers, difference } = await compared(JSON_HOW, { body: "{}" }, { status: 500, failure: "http_5xx" });
    expect(numbers.result).toBe("other_outcome");
    expect(difference).toEqual({ where: "outcome", primary: "status 200", shadow: "status 500, http_5xx" });
  });

  it("say nothing of each other when both have failed, or the client has left", async () => {
    const failed = { status: 502, failure: "reset" } as const;
    expect((await compared(JSON_HOW, failed, failed)).numbers.result).toEqual({ uncompared: "both_failed" });
    expect((await compared(JSON_HOW, { status: 499 }, {})).numbers.result).toEqual({ uncompared: "client_left" });
  });

  it("are compared by what stands in them, also where one is compressed", async () => {
    const [a, b] = ['{"a":1}', '{ "a": 2 }'];
    const zipped = { body: gzipSync(a), encoding: "gzip" };
    expect((await compared(JSON_HOW, { body: a }, zipped)).numbers.result).toBe("agree");
    const { numbers, difference } = await compared(JSON_HOW, zipped, { body: b });
    expect([numbers.result, numbers.similarity]).toEqual(["other_answer", 0]);
    expect(difference).toEqual({ where: "/a", primary: "1", shadow: "2" });
  });

  it("tell of their tokens", async () => {
    const generated = (completionTokens: number) => ({ promptTokens: 1, completionTokens, firstToken: -1 });
    const { numbers } = await compared(
      JSON_HOW,
      { body: "{}", generated: generated(40) },
      { body: "{}", generated: generated(50) },
    );
    expect(numbers.tokensRatio).toBe(1.25);
  });

  it("are not compared where one was too large, or is nothing of the kind", async () => {
    const large = { body: "{}", lost: "too_large" } as const;
    expect((await compared(JSON_HOW, large, { body: "{}" })).numbers.result).toEqual({ uncompared: "too_large" });
    for (const [body, encoding] of [
      ["<html>", undefined],
      ["{}", "snappy"],
      ["{}", "gzip"],
    ] as const) {
      const { numbers } = await compared(JSON_HOW, { body: "{}" }, { body, ...(encoding && { encoding }) });
      expect(numbers.result, `${body} ${encoding}`).toEqual({ uncompared: "unreadable" });
    }
  });

  it("can be shown to a server of one's own", async () => {
    const asked: unknown[] = [];
    const hook = await startHttp(async (request, response) => {
      let body = "";
      for await (const bytes of request) body += bytes;
      asked.push(JSON.parse(body));
      response.end(JSON.stringify({ agrees: false, similarity: 0.4, why: "another tone" }));
    });
    onTestFinished(() => hook.close());
    const how = { as: "hook", url: `${hook.url}/compare` } as const;
    const { numbers, difference } = await compared(how, { body: '"a"' }, { body: '"b"' });
    expect(numbers).toMatchObject({ result: "other_answer", similarity: 0.4 });
    expect(difference?.where).toBe("another tone");
    expect(asked).toEqual([
      {
        ...{ route: "chat", version: "v9", path: "/v1/chat/completions" },
        primary: { status: 200, contentType: "application/json", body: '"a"' },
        shadow: { status: 200, contentType: "application/json", body: '"b"' },
      },
    ]);
  });

  it("are not compared when that server says nothing of use", async () => {
    const hook = await startHttp((_, response) => response.end("yes"));
    onTestFinished(() => hook.close());
    const how = { as: "hook", url: hook.url } as const;
    expect((await compared(how, { body: "1" }, { body: "1" })).numbers.result).toEqual({ uncompared: "hook_failed" });
  });
});

it("lets so many pairs wait, and not one more", async () => {
  const hanging = await startHttp(() => {});
  onTestFinished(() => hanging.close());
  const apart = new ComparingApart([]);
  onTestFinished(() => apart.stop());
  const side = { status: 200, bytes: new Uint8Array(100_000), contentType: undefined, contentEncoding: undefined };
  const question = { route: "r", version: "v", path: "/", primary: side, shadow: side };
  const taken = Array.from({ length: 300 }, () =>
    apart.ask({ ...question, how: { as: "hook", url: hanging.url } }, () => {}),
  );
  expect(taken.filter(Boolean)).toHaveLength(Math.floor((32 * 1024 * 1024) / 200_000));
});
