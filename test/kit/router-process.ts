import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./until.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** The real thing: a process that runs `canary-router serve` on free ports. */
export interface RouterProcess {
  readonly proxyUrl: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** The lines of its log. */
  readonly log: readonly LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends it at once, where it still runs. */
  kill(): Promise<void>;
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly proxyPort?: number;
  readonly adminPort?: number;
  readonly pid?: number;
  readonly why?: string;
}

/**
 * `env` without the prefix: `{ RULES_FILE: "/x" }`; flags of `serve`; `cli`: the program, when it is not that of `dist`.
 * Rejects when it ends before it serves.
 */
export async function startRouterProcess(
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
  cli = CLI,
): Promise<RouterProcess> {
  const folder = mkdtempSync(join(tmpdir(), "canary-router-"));
  const child = spawn(
    process.execPath,
    [cli, "serve", "--proxy-host=127.0.0.1", "--proxy-port=0", "--admin-port=0", ...flags],
    {
      cwd: folder,
      env: withSettings(env),
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const log: LogLine[] = [];
  createInterface(child.stderr).on("line", (line) => log.push(parseLine(line)));
  let hasEnded = false;
  const ended = new Promise<number | NodeJS.Signals>((resolveEnd) => {
    child.once("exit", (code, signal) => {
      hasEnded = true;
      rmSync(folder, { recursive: true, force: true });
      resolveEnd(code ?? signal ?? -1);
    });
  });
  const serving = () => log.find(({ message }) => message === "the router is serving");
  await until("the router serves", () => hasEnded || serving() !== undefined, 30_000).catch((error: unknown) => {
    child.kill("SIGKILL"); // nobody else will: the one who asked for it gets nothing to end it by
    throw error;
  });
  const ports = serving();
  if (ports === undefined) throw new Error(`the router has ended: ${JSON.stringify(log)}`);
  return {
    proxyUrl: `http://127.0.0.1:${ports.proxyPort}`,
    adminUrl: `http://127.0.0.1:${ports.adminPort}`,
    pid: child.pid ?? 0,
    log,
    signal: (name) => child.kill(name),
    ended,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function withSettings(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith("CANARY_"));
  const own = Object.entries(env).map(([name, value]) => [`CANARY_${name}`, value]);
  return Object.fromEntries([...foreign, ...own]);
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { level: "none", message: line };
  }
}
