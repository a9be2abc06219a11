import type { CaptureStore } from "./capture-port.ts";
import { openRedis, type RedisAt } from "./open-redis.ts";

const DAY = 24 * 3600 * 1000;

/** KEYS: the stream. ARGV: its length, the least id, then lines. */
const WRITE_SCRIPT = `
for i = 3, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'record', ARGV[i]) end
redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[2])
`;

/**
 * The stream `{canary}:capture`: so many records at the most, and none that is older. Both are let go by whole nodes of the stream, so
 * that a few more may stay. Over a connection of its own: nothing that is urgent waits behind it.
 */
export function redisCapture(options: RedisAt, length: number, days: number, now: () => number): CaptureStore {
  const { redis, key } = openRedis(options);
  return {
    async write(lines) {
      await redis.run(WRITE_SCRIPT, [key("capture")], [length, now() - days * DAY, ...lines]);
    },
    async close() {
      redis.close();
    },
  };
}
