import { z } from "zod";
import { until } from "./until.ts";
import { startHttp, type Upstream } from "./upstream.ts";

type Value = string | number | boolean | readonly Value[];

/** A span as it came over the wire. */
export interface SpanSeen {
  readonly name: string;
  readonly kind: "SERVER" | "CLIENT";
  readonly traceId: string;
  readonly spanId: string;
  /** undefined: a root. */
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly events: readonly string[];
  readonly failed: boolean;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly resource: Readonly<Record<string, Value>>;
}

export interface Collector extends Upstream {
  /** Where traces are sent to. */
  readonly endpoint: string;
  readonly spans: SpanSeen[];
  /** Requests so far, also those that were refused. */
  readonly requests: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }[];
  /** What it answers from now on; 200 takes the spans. */
  answer: number;
  /** Waits until there are so many spans; gives them, the earliest first. */
  got(count: number): Promise<SpanSeen[]>;
}

const AnyValue: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }).transform((one) => one.stringValue),
    z.strictObject({ intValue: z.coerce.number() }).transform((one) => one.intValue),
    z.strictObject({ doubleValue: z.number() }).transform((one) => one.doubleValue),
    z.strictObject({ boolValue: z.boolean() }).transform((one) => one.boolValue),
    z
      .strictObject({ arrayValue: z.strictObject({ values: z.array(AnyValue) }) })
      .transform((one) => one.arrayValue.values),
  ]),
);
const Attributes = z
  .array(z.object({ key: z.string(), value: AnyValue }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
const nanos = z.string().transform((text) => Number(BigInt(text) / 1000n) / 1000);
const KINDS = { 2: "SERVER", 3: "CLIENT" } as const;

/** `ExportTraceServiceRequest` of opentelemetry-proto, in its JSON form. */
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              kind: z.union([z.literal(2), z.literal(3)]).transform((kind) => KINDS[kind]),
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              attributes: Attributes,
              events: z.array(z.object({ name: z.string() })).default([]),
              status: z.object({ code: z.number().optional() }).optional(),
              startTimeUnixNano: nanos,
              endTimeUnixNano: nanos,
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A collector of OpenTelemetry that takes traces by HTTP, as JSON. */
export async function startCollector(): Promise<Collector> {
  const spans: SpanSeen[] = [];
  const requests: Collector["requests"] = [];
  const server = await startHttp(async (request, response) => {
    requests.push({ headers: request.headers });
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    if (request.url !== "/v1/traces" || request.headers["content-type"] !== "application/json") {
      response.writeHead(404).end();
      return;
    }
    if (collector.answer === 200) spans.push(...spansOf(JSON.parse(Buffer.concat(pieces).toString())));
    response.writeHead(collector.answer, { "content-type": "application/json" }).end("{}");
  });
  const collector: Collector = {
    ...server,
    endpoint: `${server.url}/v1/traces`,
    spans,
    requests,
    answer: 200,
    async got(count) {
      await until(`${count} spans are there`, () => spans.length >= count, 20_000);
      return spans.toSorted((a, b) => a.start - b.start || (a.kind === "SERVER" ? -1 : 1));
    },
  };
  return collector;
}

function spansOf(body: unknown): SpanSeen[] {
  return Export.parse(body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ events, status, startTimeUnixNano, endTimeUnixNano, parentSpanId, ...span }) => ({
        ...span,
        parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
        events: events.map(({ name }) => name),
        failed: status?.code === 2,
        start: startTimeUnixNano,
        end: endTimeUnixNano,
        resource: resource.attributes,
      })),
    ),
  );
}
