import { describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import type { Route } from "../../src/routing/rules.ts";
import { openTracing, type TracingOptions } from "../../src/tracing/open-tracing.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { startCollector } from "../kit/otlp-collector.ts";
import { okWith, startRecorder } from "../kit/recorder.ts";
import { until } from "../kit/until.ts";
import {
  refusedUrl,
  startAnswering,
  startHttp,
  startRaw,
  startResetting,
  startWebSocketEcho,
} from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "../proxy/lane-fixture.ts";

const CHAT = "/v1/chat/completions";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const SAMPLED = { traceparent: `00-${TRACE}-${PARENT}-01` };

async function traced(options: Partial<TracingOptions> = {}) {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const log = memoryLog();
  const tracing = openTracing({
    endpoint: collector.endpoint,
    sample: 1,
    headers: {},
    serviceName: undefined,
    version: "1.2.3",
    instance: "one",
    log,
    ...options,
  });
  onTestFinished(() => tracing.close());
  return { collector, log, tracing };
}

function post(url: string, headers: Record<string, string> = {}, body = '{"model":"llama-3","messages":[]}') {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

/** Everything goes to the candidate at `url`, and to stable when that fails. */
function toCandidate(...endpoints: string[]): Partial<Route> {
  return {
    candidates: [{ version: "v2", endpoints }],
    rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 10_000 }], between: undefined }],
  };
}

/** The spans of requests that have ended. */
async function spansOf({ collector, tracing }: Awaited<ReturnType<typeof traced>>, count: number) {
  await tracing.close();
  return collector.got(count);
}

async function named(stage: Awaited<ReturnType<typeof traced>>, count: number) {
  return (await spansOf(stage, count)).map(({ name, kind, attributes, failed }) => ({
    name,
    kind,
    failed,
    version: attributes["feature_flag.result.variant"],
    error: attributes["error.type"],
    resent: attributes["http.request.resend_count"],
  }));
}

describe("a lane with tracing", () => {
  it("goes on with the client's trace: its own span, one for the version, and that one's context for the version", async () => {
    const following = await traced();
    const { tracing } = following;
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    const answer = await post(`${url}${CHAT}?key=secret`, { ...SAMPLED, tracestate: "vendor=abc" });
    await answer.text();
    const [server, client] = await spansOf(following, 2);
    expect(server).toMatchObject({ name: "POST chat", kind: "SERVER", traceId: TRACE, parentSpanId: PARENT });
    expect(client).toMatchObject({ kind: "CLIENT", traceId: TRACE, parentSpanId: server?.spanId });
    expect(upstream.values("traceparent")).toEqual([`00-${TRACE}-${client?.spanId}-01`]);
    expect(upstream.values("tracestate")).toEqual(["vendor=abc"]);
  });

  it("begins a trace where the client has none, or a broken one", async () => {
    const following = await traced();
    const { tracing } = following;
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    await (await post(url + CHAT)).text();
    await (await post(url + CHAT, { traceparent: `00-${"0".repeat(32)}-${PARENT}-01` })).text();
    const roots = (await spansOf(following, 4)).filter(({ kind }) => kind === "SERVER");
    expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    expect(upstream.values("traceparent")[0]).toMatch(new RegExp(`^00-${roots[1]?.traceId}-[0-9a-f]{16}-01$`));
  });

  it("says by the conventions what was asked, decided and answered, and nothing of what the client said", async () => {
    const following = await traced();
    const { collector, tracing } = following;
    const upstream = await using(
      startHttp((request, response) => {
        request.resume();
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({
            id: "1",
            model: "llama-3-70b",
            choices: [{ message: { content: 'the "model": "x" secret answer' } }],
            usage: { prompt_tokens: 11, completion_tokens: 7 },
          }),
        );
      }),
    );
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    const headers = { authorization: "Bearer hidden-key", "x-customer-id": "acme-hidden" };
    const answer = await post(`${url}${CHAT}?token=hidden`, headers, '{"model":"llama-3","prompt":"hidden words"}');
    await answer.text();
    const [server, client] = await spansOf(following, 2);
    const flag = {
      "feature_flag.key": "chat/none",
      "feature_flag.provider.name": "canary-router",
      "feature_flag.result.variant": "v1",
      "feature_flag.result.reason": "default",
    };
    expect(server?.attributes).toMatchObject({
      ...flag,
      "http.request.method": "POST",
      "url.path": CHAT,
      "http.response.status_code": 200,
      "http.response.header.x-request-id": [answer.headers.get("x-request-id")],
      "canary_router.track": "stable",
      "canary_router.modality": "text",
    });
    expect(client?.name).toBe("chat llama-3");
    expect(client?.attributes).toMatchObject({
      ...flag,
      "server.port": upstream.port,
      "url.full": upstream.url + CHAT,
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "llama-3",
      "gen_ai.response.model": "llama-3-70b",
      "gen_ai.usage.input_tokens": 11,
      "gen_ai.usage.output_tokens": 7,
    });
    expect(client?.resource).toMatchObject({ "service.name": "canary-router", "service.version": "1.2.3" });
    expect(JSON.stringify(collector.spans)).not.toMatch(/hidden|secret/);
  });

  it("tells when the first token of a stream came", async () => {
    const following = await traced();
    const { tracing } = following;
    const upstream = await using(
      startHttp((request, response) => {
        request.resume();
        response.setHeader("content-type", "text/event-stream");
        response.write(': wait\n\ndata: {"model":"m-7","choices":[{"delta":{"role":"assistant"}}]}\n\n');
        setTimeout(() => {
          response.write('data: {"model":"m-7","choices":[{"delta":{"content":"hi"}}]}\n\n');
          response.end("data: [DONE]\n\n");
        }, 30);
      }),
    );
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    await (await post(url + CHAT)).text();
    const [, client] = await spansOf(following, 2);
    expect(client?.events).toEqual(["gen_ai.first_token"]);
    expect(client?.attributes["gen_ai.response.model"]).toBe("m-7");
    const first = Number(client?.attributes["gen_ai.response.time_to_first_chunk"]);
    expect(first).toBeGreaterThan(0.02);
    expect(first).toBeLessThanOrEqual(((client?.end ?? 0) - (client?.start ?? 0)) / 1000 + 0.001);
  });

  it("shows the candidate that failed and the stable version that answered in its place", async () => {
    const following = await traced();
    const { collector, tracing } = following;
    const stable = await using(startRecorder());
    const failing = await using(startAnswering("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"));
    const { url } = await laneTo(stable.url, {
      tracing: tracing.begin,
      route: { ...toCandidate(failing.url), fallback: "5xx" },
    });
    await (await post(url + CHAT)).text();
    expect(await named(following, 3)).toEqual([
      { name: "POST chat", kind: "SERVER", failed: false, version: "v1", error: undefined, resent: undefined },
      { name: "chat llama-3", kind: "CLIENT", failed: true, version: "v2", error: "http_5xx", resent: undefined },
      { name: "chat llama-3", kind: "CLIENT", failed: false, version: "v1", error: undefined, resent: 1 },
    ]);
    expect(collector.spans.find(({ failed }) => failed)?.attributes["http.response.status_code"]).toBe(503);
    const [, , second] = await collector.got(3);
    expect(stable.values("traceparent")[0]).toContain(second?.spanId);
  });

  it("shows the endpoints of a version that could not be reached", async () => {
    const { collector, tracing } = await traced();
    const stable = await using(startRecorder());
    const { url } = await laneTo([await refusedUrl(), stable.url], { tracing: tracing.begin });
    for (let i = 0; collector.spans.length === 0 || !collector.spans.some(({ failed }) => failed); i++) {
      if (i > 40) throw new Error("the endpoint that refuses was never asked");
      await (await post(url + CHAT)).text();
      // Each request is two spans at the least.
      await collector.got(2 * (i + 1));
    }
    const refused = collector.spans.find(({ failed }) => failed);
    expect(refused?.attributes).toMatchObject({ "error.type": "connect_refused", "canary_router.given_up": "failed" });
    expect(collector.spans.filter(({ kind }) => kind === "SERVER").every(({ failed }) => !failed)).toBe(true);
  });

  it("shows a request that was sent again when its kept-alive connection turned out to be closed", async () => {
    const following = await traced();
    const { tracing } = following;
    let requests = 0;
    const closing = await using(
      startRaw((socket) => {
        socket.on("data", () => {
          if (++requests === 2) socket.resetAndDestroy();
          else socket.write(okWith("fine"));
        });
      }),
    );
    const { url } = await laneTo(closing.url, { tracing: tracing.begin });
    await (await fetch(`${url}/v1/models`)).text();
    await (await fetch(`${url}/v1/models`)).text();
    const attempts = (await spansOf(following, 5)).filter(({ kind }) => kind === "CLIENT");
    expect(attempts.map(({ attributes }) => attributes["error.type"])).toEqual([undefined, "reset", undefined]);
  });

  it("marks what the client saw fail", async () => {
    const following = await traced();
    const { tracing } = following;
    const { url } = await laneTo((await using(startResetting())).url, { tracing: tracing.begin });
    await (await post(url + CHAT)).text();
    expect(await named(following, 2)).toMatchObject([
      { kind: "SERVER", failed: true, error: "reset" },
      { kind: "CLIENT", failed: true, error: "reset" },
    ]);
  });

  it("has a span for what it refuses, with no version in it", async () => {
    const following = await traced();
    const { tracing } = following;
    const { url } = await laneTo("http://127.0.0.1:1", { tracing: tracing.begin, noRules: true });
    await (await post(url + CHAT, SAMPLED)).text();
    const [server] = await spansOf(following, 1);
    expect(server).toMatchObject({ name: "POST", traceId: TRACE, failed: true, attributes: { "error.type": "503" } });
    expect(server?.attributes).not.toHaveProperty("feature_flag.key");
  });

  it("records what the client has recorded and not what it has not, and draws for the rest", async () => {
    const { collector, tracing } = await traced({ sample: 0 });
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    await (await post(url + CHAT)).text();
    expect(upstream.values("traceparent")[0]).toMatch(/-00$/);
    await (await post(url + CHAT, { traceparent: `00-${TRACE}-${PARENT}-00` })).text();
    expect(upstream.values("traceparent")[0]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    await (await post(url + CHAT, SAMPLED)).text();
    await tracing.close();
    expect(collector.spans.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE]);
  });

  it("lets no stranger say what is recorded, and goes on with his trace nevertheless", async () => {
    const { collector, tracing } = await traced({ sample: 0 });
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin, settings: { trustedProxies: [] } });
    await (await post(url + CHAT, SAMPLED)).text();
    expect(upstream.values("traceparent")[0]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    await tracing.close();
    expect(collector.spans).toEqual([]);
  });

  it("follows WebSockets, too", async () => {
    const { collector, tracing } = await traced();
    const seen: unknown[] = [];
    const upstream = await using(startWebSocketEcho((request) => seen.push(request.headers["traceparent"])));
    const { lane } = await laneTo(upstream.url, { tracing: tracing.begin });
    const socket = new WebSocket(`ws://127.0.0.1:${lane.port}/v1/realtime`, { headers: SAMPLED });
    await new Promise((resolve) => socket.once("message", resolve));
    socket.close();
    const [server, client] = await collector.got(2);
    expect(server).toMatchObject({ traceId: TRACE, attributes: { "http.response.status_code": 101 } });
    expect(seen).toEqual([`00-${TRACE}-${client?.spanId}-01`]);
  });

  it("forwards a long tracestate whole", async () => {
    const { tracing } = await traced();
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    const tracestate = `vendor=${"x".repeat(250)},other=${"y".repeat(230)}`;
    await (await post(url + CHAT, { ...SAMPLED, tracestate })).text();
    expect(upstream.values("tracestate")).toEqual([tracestate]);
    expect(upstream.faults).toEqual([]);
  });
});

describe("a lane without tracing", () => {
  it("passes on what the client says of its trace, as it is", async () => {
    const upstream = await using(startRecorder());
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(
      lane.port,
      `GET /x HTTP/1.1\r\nHost: a\r\nTraceParent: not one\r\ntracestate: a=1\r\nConnection: close\r\n\r\n`,
    );
    await client.closed;
    expect(upstream.values("traceparent")).toEqual(["not one"]);
    expect(upstream.values("tracestate")).toEqual(["a=1"]);
  });
});

describe("the way to the collector", () => {
  it("counts what it took, with the headers it was to be told", async () => {
    const { collector, tracing } = await traced({ headers: { "api-key": "k1" }, serviceName: "models" });
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    await (await post(url + CHAT)).text();
    const [server] = await collector.got(2);
    expect(server?.resource["service.name"]).toBe("models");
    expect(collector.requests[0]?.headers["api-key"]).toBe("k1");
    await until("they are counted", () => tracing.counts.exported === 2);
  });

  it("counts what a collector refuses, says it once, and serves on", async () => {
    const { collector, tracing, log } = await traced();
    collector.answer = 400;
    const upstream = await using(startRecorder());
    const { url } = await laneTo(upstream.url, { tracing: tracing.begin });
    expect((await post(url + CHAT)).status).toBe(200);
    await until("the loss is counted", () => tracing.counts.failed === 2);
    expect((await post(url + CHAT)).status).toBe(200);
    await until("and the next", () => tracing.counts.failed === 4);
    expect(log.said("warn")).toHaveLength(1);
    collector.answer = 200;
    expect((await post(url + CHAT)).status).toBe(200);
    await until("it goes on", () => tracing.counts.exported === 2);
    expect(log.said("info")).toHaveLength(1);
  });

  it("keeps a bounded number of spans while nobody takes them", async () => {
    const { tracing } = await traced({ endpoint: await refusedUrl() });
    const request = { method: "GET", path: "/", startedAt: 0, secure: false, trusted: true, header: () => undefined };
    const outcome = { status: 200, duration: 1 };
    for (let i = 0; i < 10_000; i++) {
      const end = { requestId: "r", decision: undefined, labels: undefined, outcome, model: undefined };
      tracing.begin(request).end(end);
    }
    expect(tracing.counts.dropped).toBeGreaterThan(4_000);
    expect(tracing.counts.dropped).toBeLessThan(6_000);
  });
});
