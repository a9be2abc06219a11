import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

export interface ConstantRate {
  readonly port: number;
  readonly perSecond: number;
  /** How long it runs before it measures. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly cores: string | undefined;
}

/** Milliseconds, of requests that ran from when they were due. */
const times = z.object({ p50: z.number(), p99: z.number(), late: z.number() });

/**
 * What would make the generator itself stand still: an engine that optimises what it runs or collects garbage does so for
 * several milliseconds at a time, on the core that the upstream needs as well, and each of them delays as many requests.
 */
const STEADY = ["--no-opt", "--single-threaded", "--min-semi-space-size=64", "--max-semi-space-size=64"] as const;

/** Sends small requests at a constant rate, from a process of its own. Rejects when one of them fails. */
export async function runConstantRate(rate: ConstantRate): Promise<z.infer<typeof times>> {
  const { port, perSecond, warmUpSeconds, seconds, cores } = rate;
  const program = join(import.meta.dirname, "constant-rate-process.js");
  const told = [port, perSecond, warmUpSeconds, seconds].map(String);
  const pin = cores === undefined ? [] : ["taskset", "-c", cores];
  const [command, ...args] = [...pin, process.execPath, ...STEADY, program, ...told];
  const { stdout } = await promisify(execFile)(command ?? process.execPath, args);
  return times.parse(JSON.parse(stdout));
}
