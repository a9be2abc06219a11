import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Child {
  readonly pid: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  // SIGKILL would orphan the workers of nginx.
  for (const child of running) child.kill("SIGTERM");
});

export interface ChildOptions {
  /** The cores it may use, as `taskset` writes them; undefined: any. */
  readonly cores: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it does its work by now. */
  ready(): Promise<boolean>;
}

/** Starts a program and waits until it is ready. Rejects with what it said when it ends before that. */
export async function startChild(command: readonly [string, ...string[]], options: ChildOptions): Promise<Child> {
  const [program, ...args] = options.cores === undefined ? command : ["taskset", "-c", options.cores, ...command];
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      said = (said + data).slice(-4000);
    });
  }
  let ended = false;
  child.on("error", (error) => {
    said += error.message;
  });
  child.on("close", () => {
    ended = true;
    running.delete(child);
  });

  const stop = async () => {
    if (ended) return;
    child.kill("SIGTERM");
    const patience = setTimeout(() => child.kill("SIGKILL"), 5000);
    await once(child, "close");
    clearTimeout(patience);
  };
  const patience = performance.now() + 15_000;
  while (!(await options.ready())) {
    const late = performance.now() > patience;
    if (!ended && !late) {
      await sleep(50);
      continue;
    }
    await stop();
    throw new Error(`${command.join(" ")} ${ended ? "ended" : "was not ready within 15 s"}:\n${said}`);
  }
  if (child.pid === undefined) throw new Error(`${command.join(" ")} did not start: ${said}`);
  return { pid: child.pid, stop };
}

/** A port of loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port.");
  return address.port;
}
