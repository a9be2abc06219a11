import { spawnSync } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasPrometheus, startPrometheus } from "../kit/prometheus.ts";
import { until } from "../kit/until.ts";
import { client, rulesText, shareOf, startRouter, startVersions, temporaryFile } from "./stage.ts";

async function serving() {
  const versions = await startVersions();
  const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rulesText(versions, "10%")) });
  return { router, asking: client(router) };
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
    const prometheus = await startPrometheus([new URL(router.adminUrl).host]);
    onTestFinished(() => prometheus.stop());
    const query = async (text: string) => (await prometheus.query(text))?.[0]?.value[1];
    const total = "sum(canary_router_requests_total)";
    await until("Prometheus has scraped", async () => (await query(total)) === 400, 20_000);
    expect(await query(`sum(canary_router_requests_total{track="candidate"}) / ${total}`)).toBeCloseTo(measured, 10);
    expect(await query('canary_router_share_ratio{version="v2"}')).toBe(0.1);
    const slowest = "histogram_quantile(1, sum by (le) (canary_router_request_duration_seconds_bucket))";
    expect(await query(slowest)).toBeGreaterThan(0);
  });
});
