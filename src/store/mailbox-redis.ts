import { readRedisUrl } from "../config/redis-url.ts";
import type { RedisAccess } from "./redis-client.ts";
import { connectRedis } from "./redis-connection.ts";

interface Options extends RedisAccess {
  /** As `readRedisUrl` reads it. */
  readonly url: string;
  /** The hash tag that all keys share, without its braces; `canary` unless told. */
  readonly prefix?: string | undefined;
  /** Milliseconds to wait for a connection or an answer; 1000 unless told. */
  readonly timeoutMs?: number | undefined;
}

/** Short words that every replica hears which listens at that moment, the sender too. Nothing of it is kept. */
export interface RedisMailbox {
  send(text: string): void;
  onMail(heard: (text: string) => void): void;
  close(): void;
}

const SEND_SCRIPT = "return redis.call('PUBLISH', KEYS[1], ARGV[1])";

/** @param name of the channel. */
export function redisMailbox(options: Options, name: string): RedisMailbox {
  const { url, prefix = "canary", timeoutMs = 1000 } = options;
  const place = readRedisUrl(url);
  if (place === undefined) throw new Error("the URL of Redis is none: the settings have been checked before");
  const redis = connectRedis(place, options, timeoutMs);
  const channel = `{${prefix}}:${name}`;
  return {
    send(text) {
      redis.run(SEND_SCRIPT, [channel], [text]).catch(() => undefined); // lost, as it may be
    },
    onMail(heard) {
      redis.subscribe(channel, (message) => {
        if (message !== undefined) heard(message);
      });
    },
    close: () => redis.close(),
  };
}
