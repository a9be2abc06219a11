import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const HELM = resolve(import.meta.dirname, "../../helm");

const Alerts = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(["critical", "warning", "info"]) }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
});
const Dashboard = z.object({
  panels: z.array(Panel),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string().optional() })) }),
});

export const ALERTS_FILE = resolve(HELM, "alerts/canary-router.yaml");

export function readAlerts() {
  return Alerts.parse(parse(readFileSync(ALERTS_FILE, "utf8"))).groups.flatMap(({ rules }) => rules);
}

export function readDashboard(): z.output<typeof Dashboard> {
  return Dashboard.parse(JSON.parse(readFileSync(resolve(HELM, "dashboards/canary-router.json"), "utf8")));
}

/** A query as Grafana sends it when nothing is chosen. */
export function asSent(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$(namespace|job|route)\b/g, ".*");
}

/** The metrics that a query names. */
export function metricsIn(expr: string): string[] {
  return [...expr.matchAll(/\b(?:canary_router|process|nodejs)_\w+/g)].map(([name]) => name);
}
