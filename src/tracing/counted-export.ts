import { ExportResultCode } from "@opentelemetry/core";
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";

/** What became of spans that were to be seen. */
export interface SpanCounts {
  /** A collector has taken them. */
  exported: number;
  /** No collector would take them. */
  failed: number;
  /** Too many waited. */
  dropped: number;
}

/** Spans that wait for the collector; some 2 KB each. */
const MOST_WAITING = 4_096;
const BATCH = 512;
/** Milliseconds that a span waits for others. */
const GATHERED = 1_000;

/** Sends spans in the background, and counts. What a collector does or does not costs spans and nothing else. */
export function countedExport(exporter: SpanExporter, log: Log): { processor: SpanProcessor; counts: SpanCounts } {
  const counts = { exported: 0, failed: 0, dropped: 0 };
  let waiting = 0;
  let failing = false;
  const counted: SpanExporter = {
    export(spans, done) {
      waiting -= spans.length;
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          counts.exported += spans.length;
          if (failing) log.info("the collector takes spans again");
          failing = false;
        } else {
          counts.failed += spans.length;
          if (!failing)
            log.warn("the collector takes no spans; they are lost until it does", { why: String(result.error) });
          failing = true;
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
  const batches = new BatchSpanProcessor({
    exporter: counted,
    maxQueueSize: MOST_WAITING,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: GATHERED,
  });
  return {
    counts,
    processor: {
      onStart() {},
      onEnd(span) {
        if (waiting >= MOST_WAITING) {
          counts.dropped++;
          return;
        }
        waiting++;
        batches.onEnd(span);
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
  };
}
