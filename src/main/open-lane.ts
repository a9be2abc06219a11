import { startCapture } from "../capture/capture.ts";
import type { Settings } from "../config.ts";
import { type Log, PIPE_BUF, patientWriter } from "../log.ts";
import { type AccessLog, accessLog } from "../proxy/access-log.ts";
import { followCertificate, readCertificate } from "../proxy/certificate.ts";
import type { Door, Lane } from "../proxy/door.ts";
import type { Resolve } from "../proxy/express/addresses.ts";
import { startExpressLane } from "../proxy/express/express-lane.ts";
import { EXPRESS_DEFAULTS } from "../proxy/express/express-settings.ts";
import type { RequestIds } from "../proxy/express/request-ids.ts";
import type { Identities } from "../proxy/identities.ts";
import { SeenRequests } from "../proxy/seen-requests.ts";
import { ComparingApart } from "../proxy/shadow/compare-apart.ts";
import { Comparisons } from "../proxy/shadow/comparisons.ts";
import type { AnswerPair } from "../proxy/shadow/shadow-desk.ts";
import { BUCKETS } from "../routing/bucket.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import type { Told } from "./forwarding.ts";
import { joinTracing } from "./join-tracing.ts";
import type { LaneCounts } from "./lane-counts.ts";

/** The settings that a lane follows. */
export type LaneSettings = Pick<Settings, "proxy" | "tracing" | "capture"> & {
  readonly access: Settings["log"]["access"];
};

export interface LaneParts extends Told {
  /** What tells the process from others. */
  readonly id: string;
  readonly currentRules: Door["currentRules"];
  readonly feedback: Door["feedback"];
  readonly seen: { readonly secret: number; readonly size: number };
  readonly identities: Identities;
  readonly requestIds: RequestIds;
  /** Where requests may be sent to. */
  readonly resolve: Resolve;
  readonly captureStore: CaptureStore | undefined;
  readonly log: Log;
  /** Whether other processes listen on the same port and write to the same stdout. */
  readonly shared: boolean;
}

export interface OpenLane extends Pick<Lane, "port" | "abort" | "leftOut" | "drain"> {
  readonly seen: SeenRequests;
  counts(): LaneCounts;
}

/** A lane with all that belongs to it in the process it runs in. Rejects when it cannot listen, or has no usable certificate. */
export async function openLane(settings: LaneSettings, parts: LaneParts): Promise<OpenLane> {
  const { id, identities, requestIds, resolve, captureStore: store, log, shared, shadows, onCaptured, ...door } = parts;
  const { proxy, access } = settings;
  const seen = new SeenRequests(parts.seen.size, parts.seen.secret);
  const certificate = await openCertificate(proxy);
  const tracing = await joinTracing(settings.tracing, id, log);
  const apart = new ComparingApart(proxy.allowedEndpoints);
  const comparisons = new Comparisons(apart, shadows.onCompared);
  const shadowDesk = { ...shadows, onPair: (pair: AnswerPair) => comparisons.take(pair) };
  const { queue } = settings.capture;
  const capture = store && startCapture({ store, queue, draw, now: () => new Date(), log, onCaptured });
  const lane = await startExpressLane(
    {
      ...{ ...door, draw, seen, shadows: shadowDesk },
      access: accessLogOf(access, shared),
      tracing: tracing?.begin,
      onlooker: capture?.onlooker,
    },
    { ...EXPRESS_DEFAULTS, ...proxy, certificate: certificate?.first, shared },
    {
      identities,
      requestIds,
      resolve,
      env: (name) => process.env[name],
      warn: (message) => log.warn(message),
    },
  );
  const unfollow =
    certificate &&
    followCertificate(certificate.files, certificate.first, (renewed) => lane.useCertificate(renewed), log);
  return {
    port: lane.port,
    seen,
    abort: (target) => lane.abort(target),
    leftOut: (version) => lane.leftOut(version),
    counts: () => ({
      ...(tracing && { spans: { ...tracing.counts } }),
      ...(capture && { capture: { ...capture.counts } }),
    }),
    async drain(ms) {
      unfollow?.();
      await lane.drain(ms);
      await apart.stop();
      await capture?.close();
      await tracing?.close();
    },
  };
}

/** A bucket for a request without a sticky key. */
export function draw(): number {
  return Math.floor(Math.random() * BUCKETS);
}

/** Nobody waits for whoever reads stdout. */
function accessLogOf(share: LaneSettings["access"], shared: boolean): AccessLog | undefined {
  if (share === undefined) return undefined;
  return accessLog(share, Math.random, () => new Date(), patientWriter(1, shared ? PIPE_BUF : undefined));
}

async function openCertificate({ tlsCert, tlsKey }: Settings["proxy"]) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const files = { cert: tlsCert, key: tlsKey };
  return { files, first: await readCertificate(files) };
}
