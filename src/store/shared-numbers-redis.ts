import { z } from "zod";
import { openRedis, type RedisAt } from "./open-redis.ts";
import { MOST_ROWS, type SharedNumbers } from "./shared-numbers.ts";

const KEPT_MS = 24 * 3600 * 1000;

/**
 * KEYS: the rows (a hash: `["replica","name"]` → float64, little-endian), when each has changed (a sorted set of the same).
 * ARGV: the replica's beginning of a field, since, the most rows, for how long, then fields and rows by turns. Answers where
 * it stands, and fields and rows.
 */
const EXCHANGE_SCRIPT = `
local top = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local at = tonumber(top[2] or 0)
for i = 5, #ARGV, 2 do
  at = at + 1
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[2], at, ARGV[i])
end
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if surplus > 0 then
  for _, field in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do redis.call('HDEL', KEYS[1], field) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
end
if #ARGV > 4 then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
local found = { string.format('%.0f', at) }
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[2], '+inf')) do
  if string.sub(field, 1, #ARGV[1]) ~= ARGV[1] then
    found[#found + 1] = field
    found[#found + 1] = redis.call('HGET', KEYS[1], field) or ''
  end
end
return found
`;

/** A board in Redis, over a connection of its own: nothing that is urgent waits behind it. */
export function redisNumbers(options: RedisAt): SharedNumbers {
  const { redis, key } = openRedis(options);
  const keys = ["tallies", "tally-changes"].map(key);
  return {
    async exchange(replica, since, own) {
      const beginning = `[${JSON.stringify(replica)},`;
      const rows = own.flatMap(([name, numbers]) => [`${beginning}${JSON.stringify(name)}]`, bytesOf(numbers)]);
      try {
        const answer = Answer.safeParse(
          await redis.run(EXCHANGE_SCRIPT, keys, [beginning, since, MOST_ROWS, KEPT_MS, ...rows]),
        );
        return answer.success ? answer.data : { kind: "unavailable", why: z.prettifyError(answer.error) };
      } catch (error) {
        return { kind: "unavailable", why: error instanceof Error ? error.message : String(error) };
      }
    },
    async close() {
      redis.close();
    },
  };
}

const Field = z.tuple([z.string(), z.string()]);

/** What makes no sense there, another version of the router may have put there. */
const Answer = z.array(z.instanceof(Buffer)).transform(([at, ...pairs]) => {
  const others: { from: string; name: string; numbers: Float64Array }[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const field = Field.safeParse(jsonOf(pairs[i]?.toString() ?? ""));
    const numbers = numbersOf(pairs[i + 1] ?? NOTHING);
    if (field.success && numbers !== undefined) others.push({ from: field.data[0], name: field.data[1], numbers });
  }
  return { kind: "numbers" as const, at: Number(at?.toString() ?? 0), others };
});

const NOTHING = Buffer.alloc(0);

function bytesOf(numbers: Float64Array): Buffer {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, i * 8);
  return bytes;
}

function numbersOf(bytes: Buffer): Float64Array | undefined {
  if (bytes.length === 0 || bytes.length % 8 !== 0) return undefined;
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
