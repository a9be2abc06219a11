import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPrometheus, type Prometheus, startPrometheus } from "../kit/prometheus.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { ALERTS_FILE, asSent, metricsIn, readAlerts, readDashboard } from "./monitoring.ts";

const dashboard = readDashboard();
const QUERIES = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ name: title, expr }))),
  ...dashboard.annotations.list.map(({ name, expr }) => ({ name: `annotation: ${name}`, expr })),
];

const rulesFor = (stable: string, candidate: string) => `version: 1
customers: { id: header:x-customer-id, type: header:x-customer-type }
routes:
  - name: chat
    match: [{ path: /v1/chat/* }]
    autoCut: { observeOnly: true }
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    rules:
      - { name: staff first, when: { customerType: internal }, candidate: 100% }
      - { name: everyone else, candidate: 50% }
  - name: batches
    match: [{ path: /v1/batches }]
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    rules: [{ name: everyone, ramp: [{ to: 1%, for: 1h }, { to: 100% }] }]
  - name: completions
    match: [{ path: /v1/completions }]
    stable: { version: v1, endpoints: ["${stable}"] }
    sandbox: [{ version: v9, endpoints: ["${stable}"] }]
    shadow: { version: v9, share: 100% }
    compare: text
  - name: summaries
    match: [{ path: /v1/summaries/* }]
    autoCut: { observeOnly: true }
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    rules: [{ name: everyone, candidate: 50% }]
`;

const STREAM = [
  { choices: [{ delta: { content: "Hi" } }] },
  { choices: [], usage: { prompt_tokens: 9, completion_tokens: 4 } },
]
  .map((event) => `data: ${JSON.stringify(event)}\n\n`)
  .concat("data: [DONE]\n\n")
  .join("");

const skipped = !(hasPrometheus && hasRedis) && process.env["CI"] === undefined;
describe.skipIf(skipped)("with two routers under traffic, of whose candidate every other answer is a 500", () => {
  let redis: RedisServer;
  let routers: RouterProcess[];
  let prometheus: Prometheus;
  const stops: (() => Promise<unknown>)[] = [];

  /** One request of each kind through each router. */
  async function ask(): Promise<void> {
    const paths = ["/v1/chat/completions", "/v1/summaries/short", "/v1/completions"];
    const requests = routers.flatMap(({ proxyUrl }) =>
      paths.flatMap((path) =>
        ["internal", "standard"].map((type) =>
          fetch(`${proxyUrl}${path}`, { method: "POST", headers: { "x-customer-type": type }, body: "{}" }),
        ),
      ),
    );
    await Promise.all((await Promise.all(requests)).map((answer) => answer.arrayBuffer()));
  }
  const post = (path: string, body: object) =>
    fetch(`${routers[0]?.adminUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const series = async (expr: string) => (await prometheus.query(asSent(expr))) ?? [];
  const value = async (expr: string) => (await series(expr))[0]?.value[1];

  beforeAll(async () => {
    const start = async (status: () => number) => {
      const upstream = await startHttp((request, response) => {
        request.resume();
        request.on("end", () => {
          const code = status();
          response.writeHead(code, { "content-type": code === 200 ? "text/event-stream" : "application/json" });
          response.end(code === 200 ? STREAM : "{}");
        });
      });
      stops.push(() => upstream.close());
      return upstream.url;
    };
    let answers = 0;
    redis = await startRedis();
    stops.push(() => redis.remove());
    const [stable, candidate] = [await start(() => 200), await start(() => (answers++ % 2 === 0 ? 200 : 500))];
    redis.cli(["-x", "SET", "{canary}:rules"], rulesFor(stable, candidate));
    const router = () => startRouterProcess({ REDIS_URL: redis.url, CAPTURE_TO: "redis" });
    routers = await Promise.all([router(), router()]);
    stops.push(() => Promise.all(routers.map((one) => one.kill())));
    prometheus = await startPrometheus(
      routers.map(({ adminUrl }) => new URL(adminUrl).host),
      [ALERTS_FILE],
    );
    stops.push(() => prometheus.stop());

    const requests = 'sum(rate(canary_router_requests_total{track="candidate"}[1m]))';
    const measured = async () => {
      await ask();
      return ((await value(requests)) ?? 0) > 0;
    };
    await until("Prometheus has seen traffic", measured, 40_000);
    const edited = rulesFor(stable, candidate).replaceAll("50%", "40%");
    redis.cli(["-x", "SET", "{canary}:rules"], edited);
    expect(await post("/api/routes/chat/cut", { why: "it fails" })).toMatchObject({ status: 200 });
    expect(await post("/api/routes/summaries/cut", { why: "it fails", rule: "everyone" })).toMatchObject({
      status: 200,
    });
    await until(
      "Prometheus has seen the cuts",
      async () => {
        await ask();
        return (
          (await series("canary_router_cut_slice == 1")).length === 2 && (await value("sum(canary_router_cut)")) === 2
        );
      },
      20_000,
    );
  }, 90_000);
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it("exposes every metric that a panel or an alert names", async () => {
    const exposition = await (await fetch(`${routers[0]?.adminUrl}/metrics`)).text();
    const exposed = new Set([...exposition.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
    const named = [...QUERIES, ...readAlerts()].flatMap(({ expr }) => metricsIn(expr));
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((name) => !exposed.has(name))).toEqual([]);
  });

  it.each(QUERIES)("has something to show for $name", async ({ expr }) => {
    expect(await series(expr)).not.toEqual([]);
  });

  it("fires for what is wrong, and for nothing else", { timeout: 40_000 }, async () => {
    // How fast anything is here says something about the machine that tests, and so does what is given up for want of time.
    const ofMachine = ["CanaryRouterOverhead", "CanaryRouterCandidateSlow", "CanaryRouterShadowDropped"];
    const alerts = readAlerts().filter(({ alert }) => !ofMachine.includes(alert));
    const firing = async () => {
      const found = await Promise.all(alerts.map(async ({ alert, expr }) => ({ alert, series: await series(expr) })));
      return found.filter((one) => one.series.length > 0).map(({ alert }) => alert);
    };
    const wrong = ["CanaryRouterCandidateFails", "CanaryRouterCut", "CanaryRouterCutForgotten"];
    // For a moment more than that is wrong: the replicas disagree, or have not told each other what they see.
    await until("these fire", async () => `${await firing()}` === `${wrong}`, 25_000);
    const [failing] = await series(readAlerts()[0]?.expr ?? "");
    expect(failing?.metric).toMatchObject({ version: "v2", job: "router" });
    expect(failing?.value[1]).toBeGreaterThan(0.2);
    expect(failing?.value[1]).toBeLessThan(0.9);
  });

  it("shows in its panels what the routers did", async () => {
    const of = (title: string) => dashboard.panels.find((panel) => panel.title === title)?.targets[0]?.expr ?? "";
    expect(await value(of("Replicas"))).toBe(2);
    expect(await value(of("Cut candidates"))).toBe(1);
    expect(await value(of("Stable fails"))).toBe(0);
    const talk = await series(of("Tokens per answer"));
    expect(talk.find(({ metric }) => metric["track"] === "stable")?.value[1]).toBeGreaterThan(0);
    expect(await value(of("Candidates fail"))).toBeCloseTo(0.5, 0);
    expect(await value(of("Shadows agree"))).toBe(1);
    const wanted = await series(of("What the rules ask for"));
    const share = wanted.find(({ metric }) => metric["rule"] === "staff first" && metric["version"] === "v2");
    expect(share?.value[1]).toBe(1);
  });
});
