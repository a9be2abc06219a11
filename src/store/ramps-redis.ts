import { z } from "zod";
import { openRedis, type RedisAt } from "./open-redis.ts";
import { RampRecord, type RampSwapped, type RampsRead, type RampsStore, rampField } from "./ramps-port.ts";

/** KEYS: ramps (a hash: `["route","rule"]` → the position as JSON). Answers the time in milliseconds, and the positions. */
const READ_SCRIPT = `
local time = redis.call('TIME')
local found = redis.call('HVALS', KEYS[1])
table.insert(found, 1, string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)))
return found
`;

/** ARGV: channel, field, the number that stands there, one that the new one is higher than, the position's JSON without its end. */
const SWAP_SCRIPT = `
local raw = redis.call('HGET', KEYS[1], ARGV[2])
local right, old = pcall(cjson.decode, raw or '')
local number = right and type(old) == 'table' and tonumber(old.number) or 0
if number ~= tonumber(ARGV[3]) then return {'conflict', raw or ''} end
local time = redis.call('TIME')
local at = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local next = string.format('%d', math.max(number, tonumber(ARGV[4])) + 1)
local record = ARGV[5] .. ',"at":' .. at .. ',"number":' .. next .. '}'
redis.call('HSET', KEYS[1], ARGV[2], record)
redis.call('PUBLISH', ARGV[1], 'read')
return {'swapped', record}
`;

/** The hash `{canary}:ramps`, shared by all replicas. */
export function redisRamps(options: RedisAt): RampsStore {
  const { redis, key } = openRedis(options);
  const channel = key("ramp-changes");
  const ask = async <T>(
    answer: z.ZodType<T>,
    script: string,
    ...args: (string | number)[]
  ): Promise<T | Unavailable> => {
    try {
      return answer.parse(await redis.run(script, [key("ramps")], args));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : error;
      return { kind: "unavailable", why: why instanceof Error ? why.message : String(why) };
    }
  };
  return {
    read: () => ask(Standing, READ_SCRIPT),
    swap: (change, expected, after) =>
      ask(
        Swapped,
        SWAP_SCRIPT,
        channel,
        rampField(change),
        expected,
        after,
        JSON.stringify({ ...change, at: undefined, number: undefined }).slice(0, -1),
      ),
    watch: (changed) => redis.subscribe(channel, () => changed()),
    async close() {
      redis.close();
    },
  };
}

type Unavailable = Extract<RampsRead, { kind: "unavailable" }>;

const Text = z.instanceof(Buffer).transform((bytes) => bytes.toString("utf8"));

/** What makes no sense is left out: that ramp begins anew. */
const Standing = z.tuple([Text], Text).transform(([now, ...all]): RampsRead => {
  const records = all.flatMap((text) => {
    const parsed = RampRecord.safeParse(jsonOf(text));
    return parsed.success ? [parsed.data] : [];
  });
  return { kind: "ramps", records, now: Number(now) };
});
const Swapped = z.union([
  z
    .tuple([Text.pipe(z.literal("swapped")), Text.transform(jsonOf).pipe(RampRecord)])
    .transform(([kind, record]): RampSwapped => ({ kind, record })),
  z.tuple([Text.pipe(z.literal("conflict")), Text]).transform(([kind, text]): RampSwapped => {
    return { kind, record: RampRecord.safeParse(jsonOf(text)).data };
  }),
]);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
