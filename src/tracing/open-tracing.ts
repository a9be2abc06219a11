import { createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { ParentBasedSampler, type Sampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";
import { countedExport, type SpanCounts } from "./counted-export.ts";
import { contextOf, SpanTrace } from "./span-trace.ts";
import type { Tracing } from "./trace.ts";

export interface TracingOptions {
  /** Where an OpenTelemetry collector takes traces by HTTP. */
  readonly endpoint: string;
  /** 0 to 1: of the requests that come without a word on it. */
  readonly sample: number;
  /** What it is told besides, such as a key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string | undefined;
  /** The router's own. */
  readonly version: string;
  /** What tells the replica from others. */
  readonly instance: string;
  readonly log: Log;
}

export interface OpenTracing {
  readonly begin: Tracing;
  readonly counts: Readonly<SpanCounts>;
  /** Sends what is left, for some seconds at the most. Never rejects. */
  close(): Promise<void>;
}

/** Milliseconds for one batch, retries included, and for all of the rest at the end. */
const PATIENCE = 5_000;

const OUTSIDE = createContextKey("the client may not say what is recorded");

/** Traces by OpenTelemetry's SDK. This room, and with it the SDK, is only loaded where they are asked for. */
export function openTracing(options: TracingOptions): OpenTracing {
  const { endpoint: url, sample, headers, serviceName, version, instance, log } = options;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: PATIENCE });
  const { processor, counts } = countedExport(exporter, log);
  const resource = resourceFromAttributes({
    "service.name": "canary-router",
    "service.version": version,
    "service.instance.id": instance,
  })
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(serviceName === undefined ? {} : { "service.name": serviceName }));
  const provider = new TracerProvider({ resource, sampler: samplerOf(sample), spanProcessors: [processor] });
  const tracer = provider.getTracer("canary-router", version);
  const outside = ROOT_CONTEXT.setValue(OUTSIDE, true);
  return {
    counts,
    begin: (request) => new SpanTrace(tracer, request, contextOf(request, request.trusted ? ROOT_CONTEXT : outside)),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE);
      });
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

/** Whoever has begun a trace says whether it is recorded, unless he is a stranger, who could have everything recorded. */
function samplerOf(share: number): Sampler {
  const ratio = new TraceIdRatioBasedSampler(share);
  const parent = new ParentBasedSampler({ root: ratio });
  return {
    shouldSample(context, ...about) {
      const ours = context.getValue(OUTSIDE) !== true;
      return ours ? parent.shouldSample(context, ...about) : ratio.shouldSample(context, about[0]);
    },
    toString: () => `canary-router{${parent.toString()}}`,
  };
}
