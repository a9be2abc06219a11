import { Redis } from "ioredis";

export interface RedisConnection {
  /** Runs a Lua script; its answer has bytes where Redis has strings. Rejects with a reason without the password. */
  run(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Calls `changed` for each message, and when a connection comes back, since messages were lost meanwhile. */
  subscribe(channel: string, changed: () => void): void;
  close(): void;
}

/** The longest pause between two attempts to connect, in ms. */
const MAX_PAUSE_MS = 1000;

/** Connects and reconnects by itself, for ever. Nothing waits for Redis longer than `timeoutMs`, and no command is sent twice. */
export function connectRedis(url: string, timeoutMs: number): RedisConnection {
  const client = new Redis(url, {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A peer that has gone without a word is found by the first command it does not answer, and the socket given up.
    socketTimeout: timeoutMs,
    // What cannot be sent now fails now: the caller has last good rules and its own next attempt.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxLoadingRetryTime: 500,
    // Jitter, so that a hundred replicas do not come back in the same millisecond.
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS) * (0.5 + Math.random() / 2),
    // After a failover the name may stand for another server already.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    connectionName: "canary-router",
  });
  const { host, port, path, password } = client.options;
  const address = path ?? `${host}:${port}`;
  let subscriber: Redis | undefined;
  let lastError: Error | undefined;

  client.on("error", (error) => {
    lastError = error;
  });
  client.on("ready", () => {
    lastError = undefined;
  });
  /** The first attempt decides; later ones are not waited for. */
  const attempted = new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, 2 * timeoutMs);
    for (const end of ["ready", "close", "end"]) {
      client.once(end, () => {
        clearTimeout(patience);
        resolve();
      });
    }
  });

  const reasonOf = (error: unknown): string => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const reason = (): string => {
      if (name === "ReplyError")
        return `Redis at ${address} answers: ${message.replace(/ script: [0-9a-f]{40},.*$/s, "")}`;
      if (message === "Command timed out") return `Redis at ${address} did not answer within ${timeoutMs} ms`;
      if (client.status === "connect") return `Redis at ${address} is not ready: it may be loading its data`;
      return `Redis at ${address} cannot be reached${lastError === undefined ? "" : `: ${lastError.message}`}`;
    };
    // A server that does not know AUTH quotes it back, with the password.
    return password ? reason().replaceAll(password, "***") : reason();
  };

  return {
    async run(script, keys, args) {
      await attempted;
      // The poll keeps the other connection honest too: an unanswered ping ends it.
      if (subscriber?.status === "ready") subscriber.ping().catch(() => undefined);
      try {
        return await client.callBuffer("EVAL", script, keys.length, ...keys, ...args);
      } catch (error) {
        throw new Error(reasonOf(error));
      }
    },
    subscribe(channel, changed) {
      client.on("ready", changed);
      const listener = client.duplicate();
      subscriber = listener;
      listener.on("error", () => undefined); // the client's own errors say the same, and are told
      listener.on("message", changed);
      listener.on("ready", () => {
        listener.subscribe(channel).then(changed, () => undefined);
      });
    },
    close() {
      client.disconnect();
      subscriber?.disconnect();
    },
  };
}
