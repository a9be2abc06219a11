import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { until } from "../kit/until.ts";
import { client, rulesText, shareOf, startRouter, startVersions, temporaryFile } from "./stage.ts";

const Answer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.coerce.number()]) })) }),
});

const hasPrometheus = ["prometheus", "promtool"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
if (!hasPrometheus) console.warn("SKIPPED: no prometheus on the PATH (apt-get install prometheus)");

async function serving() {
  const versions = await startVersions();
  const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rulesText(versions, "10%")) });
  return { router, asking: client(router) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}

/** A real Prometheus that scrapes one target each second; answers the value of a query, or undefined. */
async function startPrometheus(target: string) {
  const config = temporaryFile(
    "prometheus.yml",
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: router, static_configs: [{ targets: ["${new URL(target).host}"] }] }]
`,
  );
  const port = await freePort();
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${dirname(config)}/data`];
  const child = spawn("prometheus", [...args, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  });
  return async (query: string): Promise<number | undefined> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    return Answer.parse(await answer.json()).data.result[0]?.value[1];
  };
}

describe.skipIf(!hasPrometheus && process.env["CI"] === undefined)("Prometheus", () => {
  it("has nothing to complain about in the metrics", async () => {
    const { router, asking } = await serving();
    await shareOf(asking, 50);
    const input = await (await fetch(`${router.adminUrl}/metrics`)).text();
    const checked = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect(checked.stdout + checked.stderr).toBe("");
    expect(checked.status).toBe(0);
  });

  it("scrapes the router and tells the split", async () => {
    const { router, asking } = await serving();
    const measured = await shareOf(asking);
    const query = await startPrometheus(router.adminUrl);
    const total = "sum(canary_router_requests_total)";
    await until("Prometheus has scraped", async () => (await query(total)) === 400, 20_000);
    expect(await query(`sum(canary_router_requests_total{track="candidate"}) / ${total}`)).toBeCloseTo(measured, 10);
    expect(await query('canary_router_share_ratio{version="v2"}')).toBe(0.1);
    const slowest = "histogram_quantile(1, sum by (le) (canary_router_request_duration_seconds_bucket))";
    expect(await query(slowest)).toBeGreaterThan(0);
  });
});
