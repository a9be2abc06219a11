import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { fourEyes } from "./admin/four-eyes.ts";
import { endpointLimits } from "./config/endpoint-limits.ts";
import { variableLimits } from "./config/variable-limits.ts";
import type { Settings } from "./config.ts";
import type { Log } from "./log.ts";
import { approvalLimit } from "./main/approval-limit.ts";
import { type Followed, followStores } from "./main/follow-stores.ts";
import { ForwardingToCome } from "./main/forwarding-to-come.ts";
import { InForce } from "./main/in-force.ts";
import { joinCapture } from "./main/join-capture.ts";
import { joinEvents } from "./main/join-events.ts";
import { joinFeedback } from "./main/join-feedback.ts";
import { joinHeart } from "./main/join-heart.ts";
import { type Judges, joinJudges } from "./main/join-judges.ts";
import { joinMetrics } from "./main/join-metrics.ts";
import { joinTold } from "./main/join-told.ts";
import { openAdmin } from "./main/open-admin.ts";
import { Opened } from "./main/opened.ts";
import { readingHere } from "./main/reading-here.ts";
import { Signal } from "./main/signal.ts";
import { readiness } from "./main/standing.ts";
import { startForwarding } from "./main/start-forwarding.ts";
import { stateOf } from "./main/state-events.ts";
import { openStores } from "./main/stores.ts";
import { onlyAllowed } from "./proxy/express/addresses.ts";
import { RequestIds } from "./proxy/express/request-ids.ts";
import { createIdentities } from "./proxy/identities/create-identities.ts";

/** How many of the last requests a draft of the rules is tried on. */
const SEEN_REQUESTS = 10_000;

/** A running router. */
export interface Router {
  readonly proxyPort: number;
  readonly adminPort: number;
  /** Not ready any more, no new connections; requests in flight may go on for `proxy.drain`. Never rejects. */
  stop(): Promise<void>;
}

/** Builds the router and joins its parts. Starts without its store too; rejects when it cannot listen, with nothing left open. */
export async function startRouter(settings: Settings, log: Log): Promise<Router> {
  const opened = new Opened(log);
  try {
    return await openRouter(settings, log, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What begins first needs some of what begins last: it asks for it when the time has come, or is told then. */
async function openRouter(settings: Settings, log: Log, opened: Opened): Promise<Router> {
  const { store, proxy, process } = settings;
  const id = `${hostname()}-${randomBytes(3).toString("hex")}`;
  const seen = { secret: randomBytes(4).readUInt32LE(), size: SEEN_REQUESTS };
  const forwarding = new ForwardingToCome(process.workers);
  const inForce = new InForce(forwarding);
  const changed = new Signal();
  let judges: Judges | undefined;

  const capture = await joinCapture(settings, id, log);
  if (capture !== undefined) opened.add(capture.close);
  const stores = await openStores(store, log);
  opened.add(stores.close);
  const metrics = joinMetrics({ followed: () => followed, judges: () => judges, forwarding, capture });
  const limits = { ...endpointLimits(proxy.allowedEndpoints), ...variableLimits(proxy.allowedVariables) };
  const limit = approvalLimit(settings.approval);
  const followed: Followed = await followStores(
    store,
    {
      ...{ stores, metrics, forwarding, inForce, log },
      read: readingHere(limits),
      above: limit?.above,
      verdictOf: (ramp) => judges?.verdictOf(ramp),
      onChange: changed.tell,
    },
    opened,
  );
  const { live, cuts, ramps } = followed;

  const judging = joinJudges({ live, cuts, board: stores.numbers, numbers: metrics.shadows, replica: id, log }, opened);
  judges = judging;
  const { guard, shadows, verdicts } = judging;
  const requestIds = new RequestIds();
  const feedback = joinFeedback({
    numberIn: (requestId) => requestIds.numberIn(requestId),
    memory: proxy.feedbackMemory,
    processes: process.workers,
    caughtUp: forwarding.caughtUp,
    table: () => live.current()?.table,
    mailbox: stores.mailbox,
    onFeedback(decision, about, liked) {
      metrics.onFeedback(decision, liked);
      guard.onFeedback(decision, about, liked);
    },
    onWord: (requestId, liked) => capture?.onWord(requestId, liked) ?? false,
  });
  const { approvals, journal } = stores;
  const eyes = fourEyes(limit, { rules: live, cuts, store: approvals, journal, onChange: changed.tell });
  const state = () => stateOf(live, cuts, ramps, eyes, verdicts, stores.rules, forwarding.state());
  const events = joinEvents(state, metrics, opened);
  changed.listen(events.changed);

  const resolve = onlyAllowed(limits.allowsAddress);
  const identities = createIdentities({ directory: stores.directory, log, resolve });
  let draining = false;
  const admin = await openAdmin(
    settings,
    {
      ...{ id, stores, followed, eyes, judges: judging, metrics, forwarding, inForce, identities, events, log },
      feedback: feedback.take,
      secret: seen.secret,
      readiness: () => readiness(draining, live, forwarding.state()),
    },
    opened,
  );
  const { address } = settings.admin;
  joinHeart({ board: stores.rules, id, address, port: admin.port, live, inForce, forwarding }, opened);
  const started = await startForwarding(settings, {
    rules: live.current,
    positions: ramps.positions,
    told: joinTold({ metrics, guard, answered: feedback.answered, shadows: shadows.told, capture }),
    feedback: feedback.answerTo,
    directory: stores.directory,
    captureStore: capture?.store,
    ...{ id, seen, identities, requestIds, resolve, log },
    onChange: changed.tell,
  });
  forwarding.begin(started);

  let stopping: Promise<void> | undefined;
  return {
    proxyPort: started.port,
    adminPort: admin.port,
    stop() {
      draining = true;
      stopping ??= started.drain(proxy.drain).then(() => opened.close());
      return stopping;
    },
  };
}
