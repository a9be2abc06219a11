import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../cli/run.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import { startRouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { type Container, environmentOf, fileOf, hasHelm, manifest, podOf, type Rendered, render } from "./chart.ts";

const PASSWORD = "made-for-the-test";
const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/* }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules: [{ name: everyone, candidate: 0% }]
`;

function containerOf(rendered: Rendered, kind: string, name: string): Container {
  const found = podOf(manifest(rendered, kind)).containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

/** The router of the Deployment, with all that its container is given; only ports and the snapshot's folder are others. */
async function boot(values: object, secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const rendered = render({ ...values, rules: { initial: RULES } });
  const folder = mkdtempSync(join(tmpdir(), "canary-chart-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "router.yaml");
  writeFileSync(config, fileOf(rendered, "models-canary-router", "router.yaml"));
  const container = containerOf(rendered, "Deployment", "router");
  const env = environmentOf(container, rendered, secrets);
  env["CANARY_SNAPSHOT_FILE"] = join(folder, "snapshot.json");
  const [command, flag, mounted] = container.args;
  expect([command, flag, mounted]).toEqual(["serve", "--config", "/etc/canary-router/router.yaml"]);
  const settings = Object.entries(env).map(([name, value]) => [name.replace(/^CANARY_/, ""), value]);
  const router = await startRouterProcess(Object.fromEntries(settings), [
    `--config=${config}`,
    "--admin-host=127.0.0.1",
  ]);
  onTestFinished(() => router.kill());

  /** What a container of the Job or of the test does, asking this router. */
  const act = (kind: string, name: string) => {
    const acting = containerOf(rendered, kind, name);
    const rules = join(folder, "rules.yaml");
    if (kind === "Job") writeFileSync(rules, fileOf(rendered, manifest(rendered, "Job").metadata.name, "rules.yaml"));
    const args = acting.args.map((arg) => (arg === "/rules/rules.yaml" ? rules : arg));
    return run(args, { ...environmentOf(acting, rendered, secrets), CANARY_URL: router.adminUrl, HOME: folder });
  };
  const ready = async () => (await fetch(`${router.adminUrl}/readyz`)).status;
  const asAdmin = { CANARY_URL: router.adminUrl, CANARY_TOKEN: env["CANARY_ADMIN_TOKEN"] ?? "", HOME: folder };
  return { router, rendered, act, ready, asAdmin };
}

async function redisWithPassword() {
  const redis = await startRedis("--requirepass", PASSWORD);
  onTestFinished(() => redis.remove());
  return redis;
}

const skipped = !(hasHelm && hasRedis) && process.env["CI"] === undefined;
describe.skipIf(skipped)("a router with what the chart gives it", () => {
  it("becomes ready with the first rules, and keeps those that somebody writes later", {
    timeout: 60_000,
  }, async () => {
    const { port } = await redisWithPassword();
    const { act, ready, asAdmin } = await boot({ redis: { url: `redis://127.0.0.1:${port}`, password: PASSWORD } });
    expect(await ready()).toBe(503);
    expect(await act("Pod", "admin")).toMatchObject({ code: 1 });

    expect(await act("Job", "put")).toMatchObject({ code: 0, stdout: expect.stringContaining("revision 1") });
    await until("the router is ready", async () => (await ready()) === 200);
    expect(await act("Pod", "admin")).toMatchObject({ code: 0 });

    expect(await run(["set", "chat", "everyone", "7%"], asAdmin)).toMatchObject({ code: 0 });
    expect(await act("Job", "put")).toMatchObject({ code: 0, stdout: "unchanged: revision 2\n" });
    expect((await run(["get"], asAdmin)).stdout).toContain("7%");
  });

  it("takes the bundled Redis' address and password, and the settings that were given", {
    timeout: 60_000,
  }, async () => {
    const { port } = await redisWithPassword();
    const sha256 = "0".repeat(64);
    const values = {
      config: { proxy: { drain: "5m", maxConnections: 100 }, store: { pollInterval: "500ms" }, log: { level: "warn" } },
      auth: { tokens: [{ name: "ci", role: "editor", sha256 }] },
      redis: { password: PASSWORD },
    };
    const env = environmentOf(containerOf(render(values), "Deployment", "router"), render(values));
    expect(env).toMatchObject({
      CANARY_REDIS_URL: "redis://models-canary-router-redis:6379",
      CANARY_REDIS_PASSWORD: PASSWORD,
    });
    expect(env["CANARY_ADMIN_TOKEN"]).toMatch(/^\w{40}$/);
    const external = {
      ...values,
      redis: { ...values.redis, url: `redis://127.0.0.1:${port}` },
      config: { ...values.config, log: {} },
    };
    const { act } = await boot(external);
    expect(await act("Job", "put")).toMatchObject({ code: 0 });
  });

  it("takes secrets that somebody else has made", { timeout: 60_000 }, async () => {
    const { port } = await redisWithPassword();
    const { act } = await boot(
      { auth: { existingSecret: "tokens" }, redis: { existingSecret: "redis" } },
      {
        tokens: { "admin-token": "a-token-of-theirs" },
        redis: { "redis-url": `redis://127.0.0.1:${port}`, "redis-password": PASSWORD },
      },
    );
    expect(await act("Job", "put")).toMatchObject({ code: 0 });
    expect(await act("Pod", "admin")).toMatchObject({ code: 0 });
  });
});
