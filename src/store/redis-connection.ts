import { Cluster, Redis } from "ioredis";
import type { RedisPlace } from "../config/redis-url.ts";
import { type RedisAccess, redisClient } from "./redis-client.ts";

export interface RedisConnection {
  /** Runs a Lua script; its answer has bytes where Redis has strings. Rejects with a reason without the password. */
  run(script: string, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /** Calls `changed` with each message, and without one when a connection comes back, since messages were lost meanwhile. */
  subscribe(channel: string, changed: (message?: string) => void): void;
  close(): void;
}

/** How often a listener that could not subscribe tries again, in ms. */
const LISTEN_AGAIN_MS = 500;

/** The pause before a client that has given up is made to try again, in ms. */
const CONNECT_AGAIN_MS = 50;

/** Connects and reconnects by itself, for ever. Nothing waits for Redis longer than `timeoutMs`, and no command is sent twice. */
export function connectRedis(place: RedisPlace, access: RedisAccess, timeoutMs: number): RedisConnection {
  const client = redisClient(place, access, timeoutMs);
  const address = `${place.master}${place.master === "" ? "" : " of "}${place.hosts.map(({ host, port }) => `${host}:${port}`).join(",")}`;
  const passwords = [access.password, place.password, access.sentinelPassword].filter((one) => one !== undefined);
  let subscriber: Redis | undefined;
  let listenAgain: NodeJS.Timeout | undefined;
  let lastError: Error | undefined;
  let closed = false;

  /**
   * ioredis gives a client up for good when a sentinel's word that the master has moved comes while a sentinel is being
   * asked where it is, which after a failover is the usual hour for it.
   */
  const neverGiveUp = (redis: Redis | Cluster): void => {
    redis.on("end", () => {
      const again = (): void => {
        if (!closed) redis.connect().catch(() => undefined); // a failure is told by "error", and ends here again
      };
      setTimeout(again, CONNECT_AGAIN_MS).unref();
    });
  };
  neverGiveUp(client);

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
    return passwords.reduce((told, password) => told.replaceAll(password, "***"), reason());
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
      const missed = (): void => changed();
      client.on("ready", missed);
      // A cluster client has a connection of its own for listening, and finds another node for it by itself.
      const listener = client instanceof Cluster ? client : client.duplicate();
      if (listener instanceof Redis) {
        subscriber = listener;
        neverGiveUp(listener);
      }
      listener.on("error", () => undefined); // the client's own errors say the same, and are told
      listener.on("message", (_: string, message: string) => changed(message));
      const listen = (): void => {
        listener.subscribe(channel).then(missed, () => {
          if (listener.status === "ready") listenAgain = setTimeout(listen, LISTEN_AGAIN_MS);
        });
      };
      listener.on("ready", listen);
    },
    close() {
      closed = true;
      clearTimeout(listenAgain);
      client.disconnect();
      subscriber?.disconnect();
    },
  };
}
