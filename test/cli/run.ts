import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

export const CLI = resolve(import.meta.dirname, "../../dist/cli/main.js");

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `canary-router ARGS` to its end; `env` is all the environment there is, `input` what stdin says. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
  cli = CLI,
): Promise<Run> {
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: "pipe" });
  child.stdin.on("error", () => undefined); // not every command reads it
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolveEnd) => child.once("close", resolveEnd));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
