import type { Certificate } from "../certificate.ts";
import type { ShadowSettings } from "../shadow/shadows.ts";
import { REQUEST_LIMITS } from "../wire/request-head.ts";
import type { PoolSettings } from "./pool.ts";

/** All times in milliseconds, all sizes in bytes. */
export interface ExpressSettings extends PoolSettings, ShadowSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Other processes listen on the port, too; the system deals out the connections. */
  readonly shared?: boolean;
  /** What TLS clients are shown; undefined: the port speaks plain HTTP. */
  readonly certificate?: Certificate | undefined;
  /** Addresses or CIDRs of the peers whose word on customers, `x-canary` and `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
  readonly maxHeadSize: number;
  readonly maxHeaders: number;
  readonly maxUrlLength: number;
  /** Client connections at the most; one more is closed at once. */
  readonly maxConnections: number;
  /** Requests on one connection, after which it is closed. */
  readonly maxRequestsPerConnection: number;
  /** From a head's first byte to its last. */
  readonly headTimeout: number;
  /** Between bytes of a request's body. */
  readonly bodyTimeout: number;
  /** Between requests of a client. Longer than the 60 s of a usual load balancer, so that it lets go first. */
  readonly keepAliveTimeout: number;
  /** From the request's last byte to the answer's first. */
  readonly firstByteTimeout: number;
  /** From the request to the first token of a stream, where streams are looked into; undefined: as long as it likes. */
  readonly firstTokenTimeout?: number | undefined;
  /** Between bytes of an answer, and between bytes of it that the client takes. */
  readonly idleTimeout: number;
  /** How long a request may wait for a connection when its endpoint has as many as it may. */
  readonly queueTimeout: number;
  /** How often an endpoint is asked how it is, where its version says at which path. */
  readonly healthInterval: number;
  /** How much of a body is read, at the most, when rules ask for something in it. */
  readonly bodyPeekLimit: number;
  /** How long finding out who is asking may take. */
  readonly lookupTimeout: number;
  /** How much of a request's body is kept while a candidate has not answered, so that stable can be asked instead. */
  readonly replayLimit: number;
  /** How much is kept so for all requests together. */
  readonly replayTotal: number;
  /** How much of bodies is copied at a time for those who look on, of all requests together. */
  readonly copyTotal: number;
  /** How much of a request's body is kept to send it once more when a kept-alive connection turns out to be closed. */
  readonly holdLimit: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Patient with models, which may think for a quarter of an hour, and less so with clients. The process settings say the same. */
export const EXPRESS_DEFAULTS: Omit<ExpressSettings, "host" | "port" | "certificate" | "trustedProxies"> = {
  maxHeadSize: REQUEST_LIMITS.maxHead,
  maxHeaders: REQUEST_LIMITS.maxFields,
  maxUrlLength: REQUEST_LIMITS.maxTarget,
  maxEndpointConnections: 1_024,
  maxQueueLength: 1_024,
  connectTimeout: 5 * SECOND,
  endpointKeepAliveTimeout: 4 * SECOND,
  maxConnections: 50_000,
  maxRequestsPerConnection: 1_000_000,
  headTimeout: 30 * SECOND,
  bodyTimeout: MINUTE,
  keepAliveTimeout: 75 * SECOND,
  firstByteTimeout: 30 * MINUTE,
  idleTimeout: 10 * MINUTE,
  queueTimeout: 10 * SECOND,
  healthInterval: 5 * SECOND,
  bodyPeekLimit: 1024 * 1024,
  lookupTimeout: 2 * SECOND,
  replayLimit: 1024 * 1024,
  replayTotal: 256 * 1024 * 1024,
  shadowLimit: 1024 * 1024,
  shadowConcurrency: 64,
  shadowQueue: 256,
  shadowTimeout: 5 * MINUTE,
  shadowLateness: 100,
  copyTotal: 64 * 1024 * 1024,
  holdLimit: 64 * 1024,
};
