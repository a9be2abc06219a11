import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { hasPrometheus } from "../kit/prometheus.ts";
import { ALERTS_FILE, readAlerts, readDashboard } from "./monitoring.ts";

const CASES = ["alerts", "alerts-of-days"].map((name) => resolve(import.meta.dirname, `${name}.promtool.yaml`));
const Cases = z.object({
  tests: z.array(
    z.object({ alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) }),
  ),
});

const alerts = readAlerts();
const dashboard = readDashboard();

describe.skipIf(!hasPrometheus && process.env["CI"] === undefined)("the alerts", () => {
  it("are right for Prometheus, and fire when they should and not else", { timeout: 60_000 }, () => {
    for (const args of [
      ["check", "rules", ALERTS_FILE],
      ["test", "rules", ...CASES],
    ]) {
      const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
      expect(stdout + stderr).toContain("SUCCESS");
      expect(status).toBe(0);
    }
  });
});

describe("each alert", () => {
  const cases = CASES.flatMap((file) => Cases.parse(parse(readFileSync(file, "utf8"))).tests).flatMap(
    (test) => test.alert_rule_test,
  );
  const runbooks = readFileSync(resolve(import.meta.dirname, "../../docs/runbooks.md"), "utf8");

  it.each(alerts.map(({ alert, annotations }) => ({ alert, ...annotations })))(
    "$alert has a case in which it fires, one in which it does not, and a runbook",
    ({ alert, runbook }) => {
      const own = cases.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts.length > 0);
      expect(new Set(own)).toEqual(new Set([true, false]));
      expect(runbook).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
      expect(runbooks).toContain(`\n## ${alert}\n`);
    },
  );

  it("is all that there are runbooks for", () => {
    const told = [...runbooks.matchAll(/^## (CanaryRouter\w+)$/gm)].map(([, name]) => name);
    expect(told).toEqual(alerts.map(({ alert }) => alert));
  });
});

describe("the dashboard", () => {
  const { panels } = dashboard;

  it("says of each panel what it shows", () => {
    for (const { title, type, description, targets } of panels) {
      if (type !== "row")
        expect([title, (description ?? "").length > 5, targets.length > 0]).toEqual([title, true, true]);
    }
  });

  it("gives each panel an id and a place of its own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `where ${title} is`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });
});
