import { openRedis, type RedisAt } from "./open-redis.ts";

/** Short words that every replica hears which listens at that moment, the sender too. Nothing of it is kept. */
export interface RedisMailbox {
  send(text: string): void;
  onMail(heard: (text: string) => void): void;
  close(): void;
}

const SEND_SCRIPT = "return redis.call('PUBLISH', KEYS[1], ARGV[1])";

/** @param name of the channel. */
export function redisMailbox(options: RedisAt, name: string): RedisMailbox {
  const { redis, key } = openRedis(options);
  const channel = key(name);
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
