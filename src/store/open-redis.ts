import { readRedisUrl } from "../config/redis-url.ts";
import type { RedisAccess } from "./redis-client.ts";
import { connectRedis, type RedisConnection } from "./redis-connection.ts";

/** Which Redis, and under which keys. */
export interface RedisAt extends RedisAccess {
  /** As `readRedisUrl` reads it. */
  readonly url: string;
  /** The hash tag that all keys share, without its braces; `canary` unless told. */
  readonly prefix?: string | undefined;
  /** Milliseconds to wait for a connection or an answer; 1000 unless told. */
  readonly timeoutMs?: number | undefined;
}

/** A connection of its own, and the names of keys there. Throws for a URL that is none: the settings have been checked before. */
export function openRedis(options: RedisAt): { readonly redis: RedisConnection; key(name: string): string } {
  const { url, prefix = "canary", timeoutMs = 1000 } = options;
  const place = readRedisUrl(url);
  if (place === undefined) throw new Error("the URL of Redis is none: the settings have been checked before");
  return { redis: connectRedis(place, options, timeoutMs), key: (name) => `{${prefix}}:${name}` };
}
