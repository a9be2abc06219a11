import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { adminApp } from "./admin/app.ts";
import { type Events, eventHub } from "./admin/events.ts";
import { fourEyes } from "./admin/four-eyes.ts";
import { startAdmin } from "./admin/server.ts";
import { endpointLimits } from "./config/endpoint-limits.ts";
import { routerVersion } from "./config/version.ts";
import type { Settings } from "./config.ts";
import type { LiveGuard } from "./guard/live-guard.ts";
import type { Log } from "./log.ts";
import { accessOf } from "./main/admin-access.ts";
import { approvalLimit } from "./main/approval-limit.ts";
import type { Forwarding } from "./main/forwarding.ts";
import { InForce } from "./main/in-force.ts";
import { joinCapture } from "./main/join-capture.ts";
import { joinFeedback } from "./main/join-feedback.ts";
import { joinGuard, routesOf, verdictsOf } from "./main/join-guard.ts";
import { joinRamps } from "./main/join-ramps.ts";
import { joinShadows, worse } from "./main/join-shadows.ts";
import { joinTold } from "./main/join-told.ts";
import { added } from "./main/lane-counts.ts";
import { draw } from "./main/open-lane.ts";
import { readiness, standing } from "./main/standing.ts";
import { startForwarding } from "./main/start-forwarding.ts";
import { stateOf } from "./main/state-events.ts";
import { lastResort, openStores } from "./main/stores.ts";
import { RECENT_EVERY_MS } from "./metrics/recent.ts";
import { routerMetrics } from "./metrics/router-metrics.ts";
import { explainRequest } from "./proxy/explain-request.ts";
import { onlyAllowed } from "./proxy/express/addresses.ts";
import { RequestIds } from "./proxy/express/request-ids.ts";
import { createIdentities } from "./proxy/identities/create-identities.ts";
import { NO_CUTS } from "./routing/cuts.ts";
import { previewing } from "./routing/preview.ts";
import { withRamps } from "./routing/ramp.ts";
import type { Version } from "./routing/rules.ts";
import { compiling } from "./routing/table.ts";
import { withAllowedEndpoints } from "./rules/endpoint-places.ts";
import { rememberingLast } from "./rules/last-read.ts";
import { readRulesApart } from "./rules/read-apart.ts";
import type { FailingTests } from "./rules/read-rules.ts";
import { withUnsetVariables } from "./rules/unset-variables.ts";
import { inSlices } from "./slices.ts";
import { type Heart, startHeart } from "./store/heartbeat.ts";
import { followCuts } from "./store/live-cuts.ts";
import type { LiveRamps } from "./store/live-ramps.ts";
import { followRules } from "./store/live-rules.ts";

/** How often a replica tells that it is there; it also does when it has new rules. */
const HEARTBEAT_MS = 1_000;

/** How many of the last requests a draft of the rules is tried on. */
const SEEN_REQUESTS = 10_000;

/** A running router. */
export interface Router {
  readonly proxyPort: number;
  readonly adminPort: number;
  /** Not ready any more, no new connections; requests in flight may go on for `proxy.drain`. Never rejects. */
  stop(): Promise<void>;
}

/** Builds the router and joins its parts. Starts without its store too; rejects when it cannot listen. */
export async function startRouter(settings: Settings, log: Log): Promise<Router> {
  let rejected = 0;
  let draining = false;
  let heart: Heart | undefined;
  let events: Events | undefined;
  let guard: LiveGuard | undefined;
  let forwarding: Forwarding | undefined;
  let ramps: LiveRamps | undefined;
  const leftOut = (version: Version) => forwarding?.leftOut(version) ?? [];
  const workers = () => forwarding?.state() ?? { wanted: settings.process.workers, forwarding: 0, ended: 0 };
  const inForce = new InForce(
    () => forwarding,
    () => heart?.beat(),
  );
  const metrics = routerMetrics(routerVersion(), () => {
    const current = live.current();
    const storeUp = live.storeState().up;
    const age = live.ageMs() / 1000;
    const candidates = guard === undefined ? [] : verdictsOf(live, guard);
    const cuts = current?.cuts ?? NO_CUTS;
    const counts = forwarding?.counts() ?? {};
    return {
      ...{ table: current?.table, cuts, ramps: ramps?.standings() ?? [], leftOut, storeUp, age, rejected },
      guard: { candidates, shared: guard?.alone() === undefined },
      spans: counts["spans"],
      capture: capture && { counts: added(counts, capture.counts)["capture"] ?? {}, up: capture.up() },
      workers: workers(),
    };
  });
  const id = `${hostname()}-${randomBytes(3).toString("hex")}`;
  const capture = await joinCapture(settings, id, log);
  const stores = await openStores(settings.store, log);
  const limits = endpointLimits(settings.proxy.allowedEndpoints);
  const readOnce = rememberingLast(readRulesApart);
  const read = async (text: string, failing?: FailingTests) => {
    const reading = withAllowedEndpoints(text, await readOnce(text, failing), limits);
    return withUnsetVariables(text, reading, (name) => (process.env[name] ?? "") !== "");
  };
  const live = followRules({
    store: stores.rules,
    read,
    snapshot: stores.snapshot,
    lastResort: await lastResort(settings.store),
    log,
    pollMs: settings.store.pollInterval,
    onApplied(revision, table, lag) {
      metrics.onTable(table);
      inForce.rules(revision, lag, metrics.onPropagation);
      ramps?.look();
      events?.changed();
    },
    onShares(table) {
      metrics.onTable(table);
      inForce.renew();
      events?.changed();
    },
    onRejected: () => {
      rejected++;
    },
  });
  const seen = { secret: randomBytes(4).readUInt32LE(), size: SEEN_REQUESTS };
  const cuts = followCuts({
    store: stores.cuts,
    copy: stores.cutsCopy,
    log,
    pollMs: settings.store.pollInterval,
    onChange: (next) => {
      live.useCuts(next);
      inForce.renew();
      ramps?.look();
      events?.changed();
    },
    onAbort: (target) => forwarding?.abort(target),
    onPropagation: (ms) => inForce.renew((more) => metrics.onCutPropagation(ms + more)),
    onEpoch: () => inForce.cuts(cuts.epoch()),
  });
  const limit = approvalLimit(settings.approval);
  const followed = joinRamps({
    live,
    cuts,
    archive: stores.rules,
    store: stores.ramps,
    journal: stores.journal,
    numbers: metrics.numbers,
    above: limit?.above,
    verdictOf: ({ route, rule, version }) =>
      worse(guard?.verdict(route, version, { rule: rule.name }).verdict, guard?.agreement(route, version)?.verdict),
    log,
    pollMs: settings.store.pollInterval,
  });
  ramps = followed;
  const resolve = onlyAllowed(limits.allowsAddress);
  const identities = createIdentities({ directory: stores.directory, log, resolve });
  const parts: (() => Promise<void>)[] = [
    async () => capture?.close(),
    stores.close,
    () => live.stop(),
    cuts.stop,
    followed.stop,
  ];
  const stopParts = async (): Promise<void> => {
    for (const stop of parts.reverse()) await stop().catch((error) => log.error("stopping failed", { error }));
  };
  try {
    // Nothing is forwarded before it is known what is cut.
    await Promise.all([live.started, cuts.started, followed.started]);
    const watching = joinGuard({ live, cuts, board: stores.numbers, replica: id, log });
    guard = watching;
    parts.push(watching.stop);
    const shadows = joinShadows({ numbers: metrics.shadows, routes: () => routesOf(live), guard: watching });
    const verdicts = () => verdictsOf(live, watching);
    const requestIds = new RequestIds();
    const feedback = joinFeedback({
      numberIn: (requestId) => requestIds.numberIn(requestId),
      memory: settings.proxy.feedbackMemory,
      processes: settings.process.workers,
      caughtUp: async () => forwarding?.caughtUp(),
      table: () => live.current()?.table,
      mailbox: stores.mailbox,
      onFeedback(decision, about, liked) {
        metrics.onFeedback(decision, liked);
        watching.onFeedback(decision, about, liked);
      },
      onWord: (requestId, liked) => capture?.onWord(requestId, liked) ?? false,
    });
    const eyes = fourEyes(limit, {
      rules: live,
      cuts,
      store: stores.approvals,
      journal: stores.journal,
      onChange: () => events?.changed(),
    });
    const hub = eventHub({
      numbers: metrics.numbers,
      state: () => stateOf(live, cuts, followed, eyes, verdicts, stores.rules, workers()),
    });
    events = hub;
    parts.push(async () => hub.close());
    const stepping = setInterval(() => {
      hub.tell({ name: "recent", data: { versions: metrics.nextRecent() } });
    }, RECENT_EVERY_MS);
    parts.push(async () => clearInterval(stepping));
    const app = adminApp({
      access: accessOf(settings, log),
      rules: {
        current: live.current,
        read: live.read,
        edit: (...edit) => inForce.after(eyes.edit(...edit)),
      },
      archive: stores.rules,
      journal: stores.journal,
      board: stores.rules,
      cuts: { ...cuts, restore: eyes.restore },
      ramps: { ...followed, order: (order) => inForce.after(followed.order(order)) },
      approvals: { ...eyes, approve: (...approval) => inForce.after(eyes.approve(...approval)) },
      replica: id,
      everywhere: () => inForce.everywhere(),
      numbers: metrics.numbers,
      leftOut,
      recent: metrics.recent,
      verdicts,
      shadows: shadows.standings,
      disagreements: shadows.disagreements,
      feedback: feedback.take,
      events: hub,
      async preview(draft, { table, cuts, revision }) {
        const ready = await inSlices(compiling(withRamps(draft, followed.positions()), revision));
        const terms = { cuts, now: Date.now(), secret: seen.secret };
        return inSlices(previewing(ready, table, (await forwarding?.seen()) ?? [], terms));
      },
      explain: (request, rules) => explainRequest(request, rules, identities, draw, settings.proxy.bodyPeekLimit),
      version: routerVersion(),
      readiness: () => readiness(draining, live, workers()),
      metrics: {
        contentType: metrics.contentType,
        async exposition() {
          const [others] = await Promise.all([forwarding?.processes(), forwarding?.caughtUp()]);
          return metrics.exposition(others);
        },
      },
      metricsNeed: settings.admin.metrics,
      log,
    });
    const admin = await startAdmin(app, settings.admin.host, settings.admin.port);
    parts.push(() => admin.close());
    const address = settings.admin.address ?? `${hostname()}:${admin.port}`;
    const own = { id, address, build: routerVersion() };
    const state = () => ({ ...own, ...standing(live), ...inForce.told });
    const beating = startHeart(stores.rules, state, HEARTBEAT_MS);
    heart = beating;
    parts.push(() => beating.stop());
    const started = await startForwarding(settings, {
      rules: live.current,
      positions: followed.positions,
      told: joinTold({ metrics, guard: watching, answered: feedback.answered, shadows: shadows.told, capture }),
      feedback: feedback.answerTo,
      directory: stores.directory,
      captureStore: capture?.store,
      ...{ id, seen, identities, requestIds, resolve, log },
      onChange: () => hub.changed(),
    });
    forwarding = started;
    let stopping: Promise<void> | undefined;
    return {
      proxyPort: started.port,
      adminPort: admin.port,
      stop() {
        draining = true;
        stopping ??= started.drain(settings.proxy.drain).then(stopParts);
        return stopping;
      },
    };
  } catch (error) {
    await stopParts();
    throw error;
  }
}
