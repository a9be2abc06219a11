import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export const hasPrometheus = ["prometheus", "promtool"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
if (!hasPrometheus) console.warn("SKIPPED: no prometheus on the PATH (apt-get install prometheus)");

const Answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string().transform(Number)]),
      }),
    ),
  }),
});

/** A real Prometheus that scrapes each second. */
export interface Prometheus {
  /** The series that a query gives now; undefined while Prometheus starts. Throws when the query is wrong. */
  query(text: string): Promise<z.output<typeof Answer>["data"]["result"] | undefined>;
  /** Ends it, and removes its data. */
  stop(): Promise<void>;
}

/** `targets`: host and port of each; `rules`: files with alerts. */
export async function startPrometheus(targets: readonly string[], rules: readonly string[] = []): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "canary-prometheus-"));
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: rules,
    scrape_configs: [{ job_name: "router", static_configs: [{ targets }] }],
  };
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  const port = await freePort();
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn("prometheus", args, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    async query(text) {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`;
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.status === 400) throw new Error(`${text}: ${await answer.text()}`);
      if (answer?.ok !== true) return undefined;
      return Answer.parse(await answer.json()).data.result;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
