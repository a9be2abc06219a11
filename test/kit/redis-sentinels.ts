import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { answersPing, freePort, type RedisServer, startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

/** A master, a replica of it, and three sentinels of which two must agree that the master is gone. */
export interface Sentinels {
  readonly url: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Whether the sentinels have agreed that the replica is the master now. */
  promoted(): boolean;
  /** When a sentinel first said `+sdown`, `+odown`, `+switch-master`, … of the master; by `performance.now()`. */
  readonly said: ReadonlyMap<string, number>;
  remove(): Promise<void>;
}

export async function startSentinels(): Promise<Sentinels> {
  const master = await startRedis();
  const replica = await startRedis("--replicaof", "127.0.0.1", `${master.port}`);
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
  await until("the replica follows", () => /master_link_status:up/.test(replica.cli(["info", "replication"])), 10_000);
  const knowsAll = ({ port }: { port: number }): boolean => {
    const [, found = ""] = /^master0:(.*)$/m.exec(master.cli(["-p", `${port}`, "info", "sentinel"])) ?? [];
    return /status=ok,.*slaves=1,sentinels=3/.test(found);
  };
  await until("the sentinels know each other", () => sentinels.every(knowsAll), 15_000);
  const said = new Map<string, number>();
  const listeners = await Promise.all(
    sentinels.map(async ({ port }) => {
      const listener = new Redis(port);
      listener.on("pmessage", (_, event: string, about: string) => {
        if (/^(master )?main /.test(about) && !said.has(event)) said.set(event, performance.now());
      });
      await listener.psubscribe("*");
      return listener;
    }),
  );
  return {
    said,
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/main`,
    master,
    replica,
    promoted: () =>
      sentinels.every(({ port }) => {
        const found = replica.cli(["-p", `${port}`, "sentinel", "get-master-addr-by-name", "main"]);
        return found.endsWith(`${replica.port}`);
      }),
    async remove() {
      for (const listener of listeners) listener.disconnect();
      await Promise.all([...sentinels, master, replica].map((one) => one.remove()));
    },
  };
}

async function startSentinel(masterPort: number): Promise<{ port: number; remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "canary-sentinel-"));
  const port = await freePort();
  const config = join(folder, "sentinel.conf");
  writeFileSync(
    config,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor main 127.0.0.1 ${masterPort} 2
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 1000
`,
  );
  const child = spawn("redis-server", [config, "--sentinel"], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await until("the sentinel answers", () => answersPing(port));
  return {
    port,
    async remove() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
