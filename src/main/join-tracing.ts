import { routerVersion } from "../config/version.ts";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import type { OpenTracing } from "../tracing/open-tracing.ts";

/** Traces, where they are asked for: the SDK is loaded for nobody else. */
export async function joinTracing(
  { endpoint, sample, headers = {}, serviceName }: Settings["tracing"],
  instance: string,
  log: Log,
): Promise<OpenTracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { openTracing } = await import("../tracing/open-tracing.ts");
  return openTracing({ endpoint, sample, headers, serviceName, version: routerVersion(), instance, log });
}
