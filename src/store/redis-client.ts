import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { RedisPlace } from "../config/redis-url.ts";

/** How to be let in, beyond what the URL says. */
export interface RedisAccess {
  /** Instead of those of the URL. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Of the sentinels themselves. */
  readonly sentinelPassword?: string | undefined;
  /** Certificates of authorities to trust, as PEM; the system's unless told. */
  readonly ca?: string | undefined;
}

/** The longest pause between two attempts to connect, in ms. */
const MAX_PAUSE_MS = 1000;

/** Jitter, so that a hundred replicas do not come back in the same millisecond. */
function pause(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS) * (0.5 + Math.random() / 2);
}

/** Connects and reconnects by itself, for ever. Nothing waits for Redis longer than `timeoutMs`, and no command is sent twice. */
export function redisClient(place: RedisPlace, access: RedisAccess, timeoutMs: number): Redis | Cluster {
  const user = access.user ?? place.user;
  const password = access.password ?? place.password;
  const tls = place.tls ? { tls: access.ca === undefined ? {} : { ca: access.ca } } : {};
  const options: RedisOptions = {
    ...tls,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A peer that has gone without a word is found by the first command it does not answer, and the socket given up.
    socketTimeout: timeoutMs,
    // What cannot be sent now fails now: the caller has last good rules and its own next attempt.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxLoadingRetryTime: 500,
    // After a failover the name may stand for another server already.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    connectionName: "canary-router",
  };
  const [first] = place.hosts;
  switch (place.kind) {
    case "server":
      return new Redis({ ...options, ...first, db: place.db, retryStrategy: pause, enableOfflineQueue: false });
    case "sentinel":
      return new Redis({
        ...options,
        db: place.db,
        retryStrategy: pause,
        enableOfflineQueue: false,
        name: place.master,
        sentinels: [...place.hosts],
        sentinelRetryStrategy: pause,
        sentinelCommandTimeout: timeoutMs,
        // A sentinel says so when the master moves; nobody has to wait for the old one to be silent.
        failoverDetector: true,
        ...(access.sentinelPassword === undefined ? {} : { sentinelPassword: access.sentinelPassword }),
        ...(place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tls.tls ?? {} } : {}),
      });
    case "cluster":
      return new Cluster([...place.hosts], {
        redisOptions: options,
        clusterRetryStrategy: pause,
        enableOfflineQueue: false,
        slotsRefreshTimeout: timeoutMs,
        // Where the nodes tell names, TLS wants names.
        dnsLookup: (address, callback) => callback(null, address),
      });
  }
}
