import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** Whether this machine can run the tests that need a real Redis. */
export const hasRedis = canRun("redis-server") && canRun("redis-cli");

/** A real redis-server on a free port of its own, with its data in a temporary folder that outlives a restart. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** What `redis-cli ARGS` prints, with `input` on its stdin; throws when it fails. */
  cli(args: readonly string[], input?: string): string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it on the same port, with what it had saved. */
  start(): Promise<void>;
  /** Stops it from answering, while its connections stay open. */
  pause(): void;
  resume(): void;
  /** Kills it and removes its data. */
  remove(): Promise<void>;
}

export async function startRedis(...args: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "canary-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const fixed = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"];
    // Not `everysec`, with which a busy disk lets a write wait that has been answered already; the system keeps it anyway.
    fixed.push("--appendfsync", "no");
    child = spawn("redis-server", [...fixed, ...args], { stdio: "ignore" });
    await until("redis-server answers", () => answersPing(port));
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  };

  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli: (cliArgs, input = "") =>
      execFileSync("redis-cli", ["-e", "-p", `${port}`, ...cliArgs], {
        input,
        encoding: "utf8",
        timeout: 10_000,
      }).trim(),
    kill,
    start,
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Outside the range that systems give to port 0 and to outgoing connections, so that nobody takes it during a restart. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** True for any answer, also one that asks for a password, but not while the data is being loaded. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", (answer) => {
      socket.destroy();
      resolve(!answer.toString().startsWith("-LOADING"));
    });
    socket.once("error", () => resolve(false));
  });
}

function canRun(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
