import { Pool } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { Routes } from "../../src/admin/shapes/routes.ts";
import { Timeline } from "../../src/admin/shapes/timeline.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { startRouter, temporaryFile } from "./stage.ts";

const DELTA = `data: ${JSON.stringify({ choices: [{ delta: { content: "Hi" } }] })}\n\n`;
const ERROR = `data: ${JSON.stringify({ error: { message: "CUDA error" } })}\n\n`;
const DONE = "data: [DONE]\n\n";

/** A model server that streams; `fails` says whether for this request, and how far it gets before. */
async function startModel(fails: (body: string) => "at once" | "later" | undefined): Promise<string> {
  const upstream = await startHttp(async (request, response) => {
    let body = "";
    for await (const bytes of request) body += bytes;
    const failing = fails(body);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end((failing === "at once" ? "" : DELTA) + (failing === undefined ? DONE : ERROR));
  });
  onTestFinished(() => upstream.close());
  return upstream.url;
}

function rulesText(stable: string, candidate: string, share: string): string {
  return `version: 1
customers: { id: [header:x-customer-id] }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions, model: m }]
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    stickyBy: [customer]
    fallback: 5xx
    rules: [{ name: everyone, candidate: ${share} }]
`;
}

const TEXT = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "Hi" }] });
const IMAGE = JSON.stringify({
  ...{ model: "m", stream: true },
  messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }],
});

interface Asked {
  readonly version: string;
  readonly body: string;
}

function asking(router: RouterProcess): (customer: number, body: string) => Promise<Asked> {
  const pool = new Pool(router.proxyUrl, { connections: 16 });
  onTestFinished(() => pool.destroy());
  return async (customer, body) => {
    const answer = await pool.request({
      path: "/v1/chat/completions",
      method: "POST",
      headers: { "x-customer-id": `customer-${customer}`, "content-type": "application/json" },
      body,
    });
    return { version: String(answer.headers["x-canary-version"]), body: await answer.body.text() };
  };
}

async function read<T>(router: RouterProcess, path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await (await fetch(router.adminUrl + path)).json());
}

async function candidateOf(router: RouterProcess) {
  const { routes } = await read(router, "/api/routes", Routes);
  return routes[0]?.versions.find(({ track }) => track === "candidate");
}

describe("the guard", () => {
  it("cuts the images of a candidate that fails on images alone, tells why, and lets its text go on", async () => {
    const stable = await startModel(() => undefined);
    const candidate = await startModel((body) => (body.includes("image_url") ? "at once" : undefined));
    const rules = temporaryFile("rules.yaml", rulesText(stable, candidate, "20%"));
    const router = await startRouter({ RULES_FILE: rules });
    const ask = asking(router);
    const since = performance.now();
    let requests = 0;
    let errors = 0;
    const isCut = async () => ((await candidateOf(router))?.cutSlices.length ?? 0) > 0;
    while (!(await isCut())) {
      expect(performance.now() - since).toBeLessThan(20_000);
      const batch = Array.from({ length: 20 }, (_, i) => ask(requests + i, i % 4 === 0 ? IMAGE : TEXT));
      requests += batch.length;
      for (const { body } of await Promise.all(batch)) if (body.includes("error")) errors++;
    }
    const seconds = (performance.now() - since) / 1000;
    console.log(`images cut after ${requests} requests of all and ${seconds.toFixed(2)} s`);
    expect(errors).toBe(0); // each failure came before the answer had begun, and stable has answered
    expect(requests).toBeLessThan(600); // 3 s at 200 a second; how many a second there are depends on the machine

    const now = await candidateOf(router);
    expect([now?.cut, now?.cutSlices]).toEqual([false, [{ modality: "image" }]]);
    const after = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i, i % 2 === 0 ? IMAGE : TEXT)));
    const versions = (of: number) => new Set(after.filter((_, i) => i % 2 === of).map(({ version }) => version));
    expect(versions(0)).toEqual(new Set(["v1"]));
    expect(versions(1)).toEqual(new Set(["v1", "v2"]));

    const { entries } = await read(router, "/api/history", Timeline);
    const cut = entries.find(({ author }) => author === "guard");
    expect(cut?.message).toMatch(/^The candidate failed \d+ requests in a row, while stable failed 0/);
    expect((await candidateOf(router))?.verdict?.sentence).toContain("Requests of image were found bad alone");
    const metrics = await (await fetch(`${router.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /canary_router_failures_total\{reason="error_event",route="chat",version="v2",[^}]*\} [1-9]/,
    );
  }, 60_000);

  it("begins anew with what a person has restored", async () => {
    const stable = await startModel(() => undefined);
    const candidate = await startModel(() => "later");
    const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rulesText(stable, candidate, "50%")) });
    const ask = asking(router);
    const untilCut = () =>
      until("the guard has cut", async () => {
        await Promise.all(Array.from({ length: 10 }, (_, i) => ask(i, TEXT)));
        return (await candidateOf(router))?.cut === true;
      });
    await untilCut();
    const restored = await fetch(`${router.adminUrl}/api/routes/chat/restore`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ why: "try again" }),
    });
    expect(restored.status).toBe(200);
    await until("it is forgotten", async () => {
      return (
        (await candidateOf(router))?.verdict?.sentence.startsWith("The candidate has had no requests yet") === true
      );
    });
    await untilCut();
  }, 60_000);
});

describe.skipIf(!hasRedis)("feedback", () => {
  it("reaches the replica that has answered, by the API and by the proxy port", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const model = await startModel(() => undefined);
    redis.cli(["-x", "set", "{canary}:rules"], rulesText(model, model, "100%"));
    const env = { REDIS_URL: redis.url, PROXY_FEEDBACK_PATH: "/feedback" };
    const [one, other] = await Promise.all([startRouter(env), startRouter(env)]);
    if (one === undefined || other === undefined) throw new Error("there are no replicas");
    const ids = ["a", "b", "c", "d"].map((letter) => `request-${letter}`);
    for (const id of ids) {
      const headers = { "x-request-id": id, "content-type": "application/json" };
      await (await fetch(`${one.proxyUrl}/v1/chat/completions`, { method: "POST", headers, body: TEXT })).text();
    }
    const rate = async (url: string, body: object): Promise<unknown> => {
      const headers = { "content-type": "application/json" };
      return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const nothing = { credited: 0, passedOn: 0, repeated: 0, unknown: [] };
    expect(await rate(`${one.adminUrl}/api/feedback`, { requestId: ids[0], good: false })).toEqual({
      ...nothing,
      credited: 1,
    });
    expect(await rate(`${one.proxyUrl}/feedback`, { requestId: ids[1], good: true })).toEqual({
      ...nothing,
      credited: 1,
    });
    expect(await rate(`${other.adminUrl}/api/feedback`, { requestId: ids[2], good: true })).toEqual({
      ...nothing,
      passedOn: 1,
    });
    expect(await rate(`${other.proxyUrl}/feedback`, { requestId: ids[3], good: true })).toEqual({
      ...nothing,
      passedOn: 1,
    });
    await until("all four are credited", async () => {
      const metrics = await (await fetch(`${one.adminUrl}/metrics`)).text();
      return [/outcome="good",[^}]*version="v2"[^}]*\} 3$/m, /outcome="bad",[^}]*version="v2"[^}]*\} 1$/m].every(
        (line) => new RegExp(`canary_router_feedback_total\\{${line.source}`, "m").test(metrics),
      );
    });
    expect(await rate(`${one.proxyUrl}/feedback`, { requestId: ids[3] })).toMatchObject({
      error: { code: "bad_request" },
    });
  }, 60_000);
});

describe.skipIf(!hasRedis)("the guards of several replicas", () => {
  it("find together what each alone has seen too little of, and one cut holds for all", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const stable = await startModel(() => undefined);
    let asked = 0;
    // Every third, so that the breaker of no replica has a say.
    const candidate = await startModel(() => (asked++ % 3 === 0 ? "later" : undefined));
    redis.cli(["-x", "set", "{canary}:rules"], rulesText(stable, candidate, "25%"));
    const routers = await Promise.all(Array.from({ length: 4 }, () => startRouter({ REDIS_URL: redis.url })));
    const asks = routers.map(asking);
    let requests = 0;
    await until("all replicas have the cut", async () => {
      await Promise.all(asks.flatMap((ask) => Array.from({ length: 10 }, () => ask(requests++, TEXT))));
      const cuts = await Promise.all(routers.map(async (router) => (await candidateOf(router))?.cut));
      return cuts.every(Boolean);
    });
    console.log(`4 replicas have cut after ${requests} requests of all`);
    const [router] = routers;
    if (router === undefined) throw new Error("there are no replicas");
    expect(JSON.stringify(await read(router, "/api/history", z.unknown()))).toContain("guard");
    await until("all replicas have the same figures", async () => {
      const all = await Promise.all(
        routers.map(async (one) => (await candidateOf(one))?.verdict?.signals[0]?.candidate),
      );
      return all[0] !== undefined && all[0].requests > 0 && new Set(all.map((one) => JSON.stringify(one))).size === 1;
    });
  }, 60_000);
});
