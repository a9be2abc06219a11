import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Access } from "./admin/access/gate.ts";
import { oidcLogin } from "./admin/access/oidc.ts";
import { sealOf } from "./admin/access/seal.ts";
import { holders, sessions } from "./admin/access/sessions.ts";
import { tokenBook } from "./admin/access/tokens.ts";
import { adminApp, type Readiness } from "./admin/app.ts";
import { cutsNow } from "./admin/endpoints/cuts.ts";
import { rampsNow } from "./admin/endpoints/ramps.ts";
import { shownVerdict, type Verdicts } from "./admin/endpoints/routes.ts";
import { type Event, type Events, eventHub } from "./admin/events.ts";
import { type JudgedReplicas, judge } from "./admin/replica-states.ts";
import { startAdmin } from "./admin/server.ts";
import { endpointLimits } from "./config/endpoint-limits.ts";
import { routerVersion } from "./config/version.ts";
import type { Settings } from "./config.ts";
import type { LiveGuard } from "./guard/live-guard.ts";
import { type Log, patientWriter } from "./log.ts";
import { joinFeedback } from "./main/join-feedback.ts";
import { joinGuard, verdictsOf } from "./main/join-guard.ts";
import { joinRamps } from "./main/join-ramps.ts";
import { RECENT_EVERY_MS } from "./metrics/recent.ts";
import { routerMetrics } from "./metrics/router-metrics.ts";
import { type AccessLog, accessLog } from "./proxy/access-log.ts";
import { followCertificate, readCertificate } from "./proxy/certificate.ts";
import type { Lane } from "./proxy/door.ts";
import { explainRequest } from "./proxy/explain-request.ts";
import { onlyAllowed } from "./proxy/express/addresses.ts";
import { startExpressLane } from "./proxy/express/express-lane.ts";
import { EXPRESS_DEFAULTS } from "./proxy/express/express-settings.ts";
import { createIdentities } from "./proxy/identities/create-identities.ts";
import { SeenRequests } from "./proxy/seen-requests.ts";
import { TrustedPeers } from "./proxy/trusted-peers.ts";
import { BUCKETS } from "./routing/bucket.ts";
import { NO_CUTS } from "./routing/cuts.ts";
import { previewing } from "./routing/preview.ts";
import { withRamps } from "./routing/ramp.ts";
import type { Version } from "./routing/rules.ts";
import { compiling } from "./routing/table.ts";
import { withAllowedEndpoints } from "./rules/endpoint-places.ts";
import { readRulesApart } from "./rules/read-apart.ts";
import { inSlices } from "./slices.ts";
import { cutsCopy, fileCuts } from "./store/cuts-file.ts";
import { redisCuts } from "./store/cuts-redis.ts";
import { fileStore } from "./store/file.ts";
import { type Heart, startHeart } from "./store/heartbeat.ts";
import { fileJournal } from "./store/journal-file.ts";
import { redisJournal } from "./store/journal-redis.ts";
import { followCuts, type LiveCuts } from "./store/live-cuts.ts";
import type { LiveRamps } from "./store/live-ramps.ts";
import { followRules, type LiveRules } from "./store/live-rules.ts";
import { redisMailbox } from "./store/mailbox-redis.ts";
import { openDirectory } from "./store/open-directory.ts";
import type { RulesStore } from "./store/port.ts";
import { fileRamps } from "./store/ramps-file.ts";
import { redisRamps } from "./store/ramps-redis.ts";
import { type RedisStoreOptions, redisStore } from "./store/redis.ts";
import type { ReplicaBoard } from "./store/replica-board.ts";
import { memoryNumbers } from "./store/shared-numbers.ts";
import { redisNumbers } from "./store/shared-numbers-redis.ts";
import { snapshotFile } from "./store/snapshot.ts";

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
  let lastLag = 0;
  let heart: Heart | undefined;
  let events: Events | undefined;
  let guard: LiveGuard | undefined;
  let lane: Lane | undefined;
  let ramps: LiveRamps | undefined;
  const leftOut = (version: Version) => lane?.leftOut(version) ?? [];
  const metrics = routerMetrics(routerVersion(), () => {
    const current = live.current();
    const storeUp = live.storeState().up;
    const age = live.ageMs() / 1000;
    const candidates = guard === undefined ? [] : verdictsOf(live, guard);
    const cuts = current?.cuts ?? NO_CUTS;
    return {
      ...{ table: current?.table, cuts, ramps: ramps?.standings() ?? [], leftOut, storeUp, age, rejected },
      guard: { candidates, shared: guard?.alone() === undefined },
    };
  });
  const draw = () => Math.floor(Math.random() * BUCKETS);
  const redis = await redisOf(settings.store);
  const store: RulesStore & ReplicaBoard =
    redis === undefined ? fileStore(settings.store.rulesFile, log) : redisStore(redis);
  const limits = endpointLimits(settings.proxy.allowedEndpoints);
  const read = async (text: string) => withAllowedEndpoints(text, await readRulesApart(text), limits.allowsHost);
  const live = followRules({
    store,
    read,
    snapshot: settings.store.snapshotFile === undefined ? undefined : snapshotFile(settings.store.snapshotFile, log),
    lastResort: await lastResort(settings.store),
    log,
    pollMs: settings.store.pollInterval,
    onApplied(_, table, lag) {
      metrics.onTable(table);
      lastLag = lag ?? 0;
      if (lag !== undefined) metrics.onPropagation(lag);
      heart?.beat();
      ramps?.look();
      events?.changed();
    },
    onShares(table) {
      metrics.onTable(table);
      events?.changed();
    },
    onRejected: () => {
      rejected++;
    },
  });
  const seen = new SeenRequests(SEEN_REQUESTS, randomBytes(4).readUInt32LE());
  const journal =
    redis === undefined ? fileJournal(`${settings.store.rulesFile}.journal`, log) : redisJournal(redis, log);
  const cutsStore = redis === undefined ? fileCuts(`${settings.store.rulesFile}.cuts`, journal, log) : redisCuts(redis);
  const { snapshotFile: snapshotPath } = settings.store;
  const cuts = followCuts({
    store: cutsStore,
    copy: snapshotPath === undefined ? undefined : cutsCopy(`${snapshotPath}.cuts`, log),
    log,
    pollMs: settings.store.pollInterval,
    onChange: (next) => {
      live.useCuts(next);
      ramps?.look();
      events?.changed();
    },
    onAbort: (target) => lane?.abort(target),
    onPropagation: metrics.onCutPropagation,
    onEpoch: () => heart?.beat(),
  });
  const rampsStore = redis === undefined ? fileRamps(`${settings.store.rulesFile}.ramps`, log) : redisRamps(redis);
  const followed = joinRamps({
    live,
    cuts,
    archive: store,
    store: rampsStore,
    journal,
    numbers: metrics.numbers,
    verdictOf: ({ route, rule, version }) => guard?.verdict(route, version, { rule: rule.name }).verdict,
    log,
    pollMs: settings.store.pollInterval,
  });
  ramps = followed;
  const directory = openDirectory(settings.store.directoryFile, redis, log);
  const identities = createIdentities({ directory, log });
  const parts: (() => Promise<void>)[] = [() => store.close(), () => cutsStore.close(), () => live.stop(), cuts.stop];
  parts.unshift(journal.close, rampsStore.close);
  parts.push(followed.stop);
  parts.push(async () => directory.close());
  const stopParts = async (): Promise<void> => {
    for (const stop of parts.reverse()) await stop().catch((error) => log.error("stopping failed", { error }));
  };
  try {
    // Nothing is forwarded before it is known what is cut.
    await Promise.all([live.started, cuts.started, followed.started]);
    const id = `${hostname()}-${randomBytes(3).toString("hex")}`;
    const board = redis === undefined ? memoryNumbers() : redisNumbers(redis);
    parts.push(() => board.close());
    const watching = joinGuard({ live, cuts, board, replica: id, log });
    guard = watching;
    parts.push(watching.stop);
    const verdicts = () => verdictsOf(live, watching);
    const mailbox = redis && redisMailbox(redis, "feedback");
    if (mailbox !== undefined) parts.push(async () => mailbox.close());
    const feedback = joinFeedback({
      memory: settings.proxy.feedbackMemory,
      path: settings.proxy.feedbackPath,
      table: () => live.current()?.table,
      mailbox,
      onFeedback(decision, about, liked) {
        metrics.onFeedback(decision, liked);
        watching.onFeedback(decision, about, liked);
      },
    });
    const hub = eventHub({ numbers: metrics.numbers, state: () => stateOf(live, cuts, followed, verdicts, store) });
    events = hub;
    parts.push(async () => hub.close());
    const stepping = setInterval(() => {
      hub.tell({ name: "recent", data: { versions: metrics.nextRecent() } });
    }, RECENT_EVERY_MS);
    parts.push(async () => clearInterval(stepping));
    const app = adminApp({
      access: accessOf(settings, log),
      rules: live,
      archive: store,
      journal,
      board: store,
      cuts,
      ramps: followed,
      replica: id,
      numbers: metrics.numbers,
      leftOut,
      recent: metrics.recent,
      verdicts,
      feedback: feedback.take,
      events: hub,
      async preview(draft, { table, cuts, revision }) {
        const ready = await inSlices(compiling(withRamps(draft, followed.positions()), revision));
        const terms = { cuts, now: Date.now(), secret: seen.secret };
        return inSlices(previewing(ready, table, seen.all(), terms));
      },
      explain: (request, rules) => explainRequest(request, rules, identities, draw, settings.proxy.bodyPeekLimit),
      version: routerVersion(),
      readiness: () => readiness(draining, live),
      metrics,
      log,
    });
    const admin = await startAdmin(app, settings.admin.host, settings.admin.port);
    parts.push(() => admin.close());
    const address = `${hostname()}:${admin.port}`;
    const own = { id, address, build: routerVersion() };
    const state = () => ({ ...own, ...standing(live), cutEpoch: cuts.epoch(), lag: lastLag });
    const beating = startHeart(store, state, HEARTBEAT_MS);
    heart = beating;
    parts.push(() => beating.stop());
    const certificate = await openCertificate(settings.proxy);
    const forwarding = await startExpressLane(
      {
        currentRules: live.current,
        draw,
        onDecision: metrics.onDecision,
        onUnread: metrics.onUnread,
        onMoved(from, to, failure, labels) {
          metrics.onMoved(from, to, failure);
          if (failure !== undefined) watching.onFailed(from, labels, failure);
        },
        onOutcome(decision, labels, outcome, requestId) {
          if (requestId !== undefined) feedback.answered.note(requestId, decision, labels);
          metrics.onOutcome(decision, labels, outcome);
          watching.onOutcome(decision, labels, outcome);
        },
        feedback: feedback.place,
        access: accessLogOf(settings.log),
        seen,
      },
      { ...EXPRESS_DEFAULTS, ...settings.proxy, certificate: certificate?.first },
      {
        identities,
        resolve: onlyAllowed(limits.allowsAddress),
        env: (name) => process.env[name],
        warn: (message) => log.warn(message),
      },
    );
    lane = forwarding;
    if (certificate !== undefined) {
      const { files, first } = certificate;
      const unfollow = followCertificate(files, first, (renewed) => forwarding.useCertificate(renewed), log);
      parts.push(async () => unfollow());
    }
    let stopping: Promise<void> | undefined;
    return {
      proxyPort: forwarding.port,
      adminPort: admin.port,
      stop() {
        draining = true;
        stopping ??= forwarding.drain(settings.proxy.drain).then(stopParts);
        return stopping;
      },
    };
  } catch (error) {
    await stopParts();
    throw error;
  }
}

/** What whoever listens to the events is told at first, and when it changes. */
async function stateOf(
  live: LiveRules,
  cuts: LiveCuts,
  ramps: LiveRamps,
  verdicts: Verdicts,
  board: ReplicaBoard,
): Promise<Event[]> {
  const { revision = 0, from = "nowhere" } = live.current() ?? {};
  const found = await board.replicas();
  const refused = live.refused() ?? [];
  const store = live.storeState();
  return [
    { name: "rules", data: { revision, from, refused, store } },
    { name: "cuts", data: cutsNow(cuts) },
    { name: "ramps", data: rampsNow(ramps) },
    {
      name: "verdict",
      data: {
        verdicts: verdicts().map((one) => ({ route: one.route, version: one.version, ...shownVerdict(one) })),
      },
    },
    { name: "replicas", data: found.kind === "unavailable" ? { unavailable: found.why } : withoutTimes(judge(found)) },
  ];
}

/** Times change all the time, and are no news. */
function withoutTimes({ replicas, ...rest }: JudgedReplicas): object {
  return { ...rest, replicas: replicas.map(({ heard: _, lag: __, ...replica }) => replica) };
}

/** What the other replicas are told of the rules here. */
function standing(live: LiveRules): { revision: number; trouble: string | undefined } {
  const revision = live.current()?.revision ?? 0;
  const [mistake] = live.refused() ?? [];
  if (mistake === undefined) return { revision, trouble: undefined };
  const { line, column, message } = mistake;
  return { revision, trouble: `the rules in the store are refused, at ${line}:${column}: ${message}` };
}

/** undefined: what replicas share is in files. */
async function redisOf(settings: Settings["store"]): Promise<RedisStoreOptions | undefined> {
  const { redisUrl, redisUser, redisPassword, redisSentinelPassword, redisCaFile, keyPrefix } = settings;
  if (redisUrl === undefined) return undefined;
  return {
    url: redisUrl,
    user: redisUser,
    password: redisPassword,
    sentinelPassword: redisSentinelPassword,
    ca: redisCaFile === undefined ? undefined : await readFile(redisCaFile, "utf8"),
    prefix: keyPrefix,
  };
}

/** Who may use the admin port. */
function accessOf({ admin, oidc: provider, proxy, store }: Settings, log: Log): Access {
  const { token, sessionKey, sessionIdle: idle, sessionLifetime: lifetime } = admin;
  const { issuer, clientId, redirectUrl } = provider;
  const oidc =
    issuer === undefined || clientId === undefined || redirectUrl === undefined
      ? undefined
      : oidcLogin({ ...provider, issuer, clientId, redirectUrl });
  const open = token === undefined && admin.tokens.length === 0 && oidc === undefined;
  const tokens = open ? undefined : tokenBook(token, admin.tokens);
  const secret = sessionKey ?? token;
  if (!open && secret === undefined && store.redisUrl !== undefined) {
    log.warn("browsers have to log in to each replica by itself: set admin.sessionKey to the same on all of them");
  }
  const seal = sealOf(secret);
  return {
    tokens,
    oidc,
    seal,
    sessions: sessions(seal, { idle, lifetime }, holders(tokens, oidc)),
    peers: new TrustedPeers(proxy.trustedProxies),
  };
}

/** Nobody waits for whoever reads stdout. */
function accessLogOf({ access }: Settings["log"]): AccessLog | undefined {
  if (access === undefined) return undefined;
  return accessLog(access, Math.random, () => new Date(), patientWriter(1));
}

async function openCertificate({ tlsCert, tlsKey }: Settings["proxy"]) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const files = { cert: tlsCert, key: tlsKey };
  return { files, first: await readCertificate(files) };
}

/** A start with Redis away and no snapshot serves the routes of the rules file, by their stable versions only. */
async function lastResort({ redisUrl, rulesFile }: Settings["store"]): Promise<string | undefined> {
  if (redisUrl === undefined) return undefined;
  return readFile(rulesFile, "utf8").catch(() => undefined);
}

function readiness(draining: boolean, live: LiveRules): Readiness {
  if (draining) return { ready: false, why: "The router is shutting down." };
  if (live.current() !== undefined) return { ready: true };
  const store = live.storeState();
  if (!store.up) return { ready: false, why: `There are no rules, and the store cannot be read: ${store.why}` };
  const refused = live.refused() !== undefined;
  return {
    ready: false,
    why: refused ? "The rules in the store have mistakes." : "There are no rules in the store yet.",
  };
}
