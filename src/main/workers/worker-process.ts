import { endpointLimits } from "../../config/endpoint-limits.ts";
import { stderrLog } from "../../log.ts";
import { processMetrics } from "../../metrics/process-metrics.ts";
import { onlyAllowed } from "../../proxy/express/addresses.ts";
import { RequestIds } from "../../proxy/express/request-ids.ts";
import { createIdentities } from "../../proxy/identities/create-identities.ts";
import type { CaptureStore } from "../../store/capture-port.ts";
import { type OpenLane, openLane } from "../open-lane.ts";
import {
  ABORT,
  BEGIN,
  CAPTURE,
  CATCH_UP,
  CUTS,
  DRAIN,
  FEEDBACK,
  LISTEN,
  OWNERS,
  PROCESS,
  RAMPS,
  RULES,
  SEEN,
  TOLD,
  TYPES,
} from "./calls.ts";
import { HandedRules } from "./handed-rules.ts";
import { placeOf } from "./place-of.ts";
import { Port } from "./port.ts";
import { telling } from "./telling.ts";

/*
 * A worker: a lane, the rules as they are handed to it, and nothing else. It has no store, no admin port and no opinion; it
 * ends when the primary does.
 */

// A terminal and some supervisors send these to every process of a group: the primary says what becomes of it.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => undefined);

const own = { worker: process.pid };
let log = stderrLog("info", own);
const port = new Port(
  {
    send(message, sent) {
      process.send?.(message, undefined, undefined, sent);
    },
  },
  (why) => log.error("what the primary process has said was in vain", { why }),
);
process.on("message", (message) => port.take(message));

const rules = new HandedRules();
port.answer(RULES, (text) => rules.rules(text));
port.answer(RAMPS, (positions) => rules.ramps(positions));
port.answer(CUTS, (cuts) => rules.cuts(cuts));

const metrics = processMetrics();
port.answer(PROCESS, metrics.tell);

const { id, prefix, part, settings, captures, level, seen } = await port.ask(BEGIN, undefined);
const { feedbackPath } = settings.proxy;
log = stderrLog(level, own);
const requestIds = new RequestIds(prefix, part);
const { flush, ...told } = telling((batch) => port.tell(TOLD, batch));
const directory = {
  owners: (digests: readonly string[]) => port.ask(OWNERS, digests),
  types: (customers: readonly string[]) => port.ask(TYPES, customers),
};
const resolve = onlyAllowed(endpointLimits(settings.proxy.allowedEndpoints).allowsAddress);
const captureStore: CaptureStore | undefined = captures
  ? { write: (lines) => port.ask(CAPTURE, [...lines]), close: async () => undefined }
  : undefined;
const identities = createIdentities({ directory, log, resolve });

port.answer(LISTEN, async () => {
  const lane = await openLane(settings, {
    ...told,
    currentRules: () => rules.current(),
    feedback: feedbackPath === undefined ? undefined : { path: feedbackPath, take: (body) => port.ask(FEEDBACK, body) },
    ...{ id: `${id}/${process.pid}`, seen, identities, requestIds, resolve, captureStore, log, shared: true },
  });
  serve(lane);
  return lane.port;
});

/** What can be asked of a lane that is open. */
function serve(lane: OpenLane): void {
  port.answer(ABORT, lane.abort);
  port.answer(CATCH_UP, () => {
    flush();
    return { leftOut: leftOut(lane), counts: lane.counts() };
  });
  port.answer(SEEN, ({ from, most }) => lane.seen.all().slice(from, from + most));
  port.answer(DRAIN, async (ms) => {
    await lane.drain(ms);
    flush();
  });
}

function leftOut(lane: OpenLane): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { route } of rules.current()?.table.routes ?? []) {
    for (const version of [route.stable, ...route.candidates]) {
      const out = lane.leftOut(version);
      if (out.length > 0) found.set(placeOf(version), out);
    }
  }
  return found;
}
