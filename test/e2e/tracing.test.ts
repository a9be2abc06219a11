import { expect, it, onTestFinished } from "vitest";
import { startCollector } from "../kit/otlp-collector.ts";
import { startRecorder } from "../kit/recorder.ts";
import { refusedUrl } from "../kit/upstream.ts";
import { rulesText, startRouter, temporaryFile } from "./stage.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

async function stage() {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const model = await startRecorder();
  onTestFinished(() => model.close());
  const rules = temporaryFile("rules.yaml", rulesText({ stable: model.url, candidate: model.url }, "100%"));
  return { collector, model, rules };
}

function ask(url: string): Promise<Response> {
  const headers = { "content-type": "application/json", traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  return fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: '{"model":"m"}' });
}

async function spansCounted(adminUrl: string): Promise<string[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith("canary_router_trace_spans_total"));
}

it("sends the spans of a request to the collector, and counts them", async () => {
  const { collector, model, rules } = await stage();
  const router = await startRouter({
    RULES_FILE: rules,
    TRACING_ENDPOINT: collector.endpoint,
    TRACING_HEADERS: "api-key=k%201",
    TRACING_SERVICE_NAME: "models",
  });
  expect((await ask(router.proxyUrl)).status).toBe(200);
  const [server, client] = await collector.got(2);
  expect(server).toMatchObject({ name: "POST chat", traceId: TRACE, resource: { "service.name": "models" } });
  expect(client?.attributes).toMatchObject({
    "feature_flag.key": "chat/everyone",
    "feature_flag.result.variant": "v2",
    "feature_flag.result.reason": "split",
    "gen_ai.request.model": "m",
  });
  expect(model.values("traceparent")).toEqual([`00-${TRACE}-${client?.spanId}-01`]);
  expect(collector.requests[0]?.headers["api-key"]).toBe("k 1");
  await expect
    .poll(() => spansCounted(router.adminUrl))
    .toEqual([
      'canary_router_trace_spans_total{result="exported"} 2',
      'canary_router_trace_spans_total{result="failed"} 0',
      'canary_router_trace_spans_total{result="dropped"} 0',
    ]);
});

it("is told by OpenTelemetry's own variables where the collector is, and sends what is left on SIGTERM", async () => {
  const { collector, rules } = await stage();
  const before = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
  onTestFinished(() => {
    if (before === undefined) delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    else process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = before;
  });
  const router = await startRouter({ RULES_FILE: rules });
  await (await ask(router.proxyUrl)).text();
  router.signal("SIGTERM");
  expect(await router.ended).toBe(0);
  expect(collector.spans).toHaveLength(2);
});

it("serves on and stops in time when there is no collector", async () => {
  const { rules } = await stage();
  const router = await startRouter({ RULES_FILE: rules, TRACING_ENDPOINT: `${await refusedUrl()}/v1/traces` });
  expect((await ask(router.proxyUrl)).status).toBe(200);
  const stopping = performance.now();
  router.signal("SIGTERM");
  expect(await router.ended).toBe(0);
  expect(performance.now() - stopping).toBeLessThan(15_000);
});

it("tells nobody anything while it is off", async () => {
  const { collector, model, rules } = await stage();
  const router = await startRouter({ RULES_FILE: rules });
  await (await ask(router.proxyUrl)).text();
  expect(model.values("traceparent")).toEqual([`00-${TRACE}-00f067aa0ba902b7-01`]);
  expect(await spansCounted(router.adminUrl)).toEqual([]);
  expect(collector.requests).toEqual([]);
});
