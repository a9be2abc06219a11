import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { tempDir } from "./temp-dir.ts";

/** What every request of a run looks like. */
export interface Load {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests go round the customers, `PREFIX1` … `PREFIXn` in the header `x-customer-id`. */
  readonly customers: { readonly prefix: string; readonly count: number };
  readonly connections: number;
}

export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const report = z.object({
  requests: z.number(),
  micros: z.number(),
  p50: z.number(),
  p99: z.number(),
  errors: z.number(),
});

/** Sends as much as the connections carry. Rejects when even one request failed. */
export async function runWrk(
  load: Load,
  { port, seconds, cores }: { port: number; seconds: number; cores: string | undefined },
): Promise<WrkResult> {
  const script = join(tempDir("wrk"), "load.lua");
  writeFileSync(script, luaScript(load));
  const url = `http://127.0.0.1:${port}`;
  const command = ["wrk", "-t1", `-c${load.connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url];
  const [program = "wrk", ...args] = cores === undefined ? command : ["taskset", "-c", cores, ...command];
  const { stdout } = await promisify(execFile)(program, args);
  return parseWrk(stdout);
}

export function parseWrk(stdout: string): WrkResult {
  const line = /^REPORT (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk said no report:\n${stdout}`);
  const { requests, micros, p50, p99, errors } = report.parse(JSON.parse(line));
  if (errors > 0 || requests === 0) throw new Error(`${errors} of ${requests} requests failed:\n${stdout}`);
  return { requests, perSecond: requests / (micros / 1e6), p50: p50 / 1000, p99: p99 / 1000 };
}

/** The requests are written once, before the clock runs. */
function luaScript({ path, body, headers, customers }: Load): string {
  const fields = Object.entries(headers).map(([name, value]) => `[${luaString(name)}] = ${luaString(value)}`);
  return `local requests, last = {}, 0
function init()
  for i = 1, ${customers.count} do
    local headers = { ${[...fields, `["x-customer-id"] = ${luaString(customers.prefix)} .. i`].join(", ")} }
    requests[i] = wrk.format("POST", ${luaString(path)}, headers, ${luaString(body)})
  end
end
function request()
  last = last % #requests + 1
  return requests[last]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('REPORT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"errors":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

/** JSON's escapes are Lua's, for printable ASCII. */
function luaString(text: string): string {
  return JSON.stringify(text);
}
