import { z } from "zod";
import { type ApprovalsStore, type Found, idOf, MOST_WAITING, Waiting } from "./approvals.ts";
import { openRedis, type RedisAt } from "./open-redis.ts";

/** KEYS: what waits, by id as JSON; the texts, by id. What has expired goes when somebody asks for something new. */
const CLOCK = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function written(number) return string.format('%.0f', number) end
local function waits(raw)
  local right, one = pcall(cjson.decode, raw or '')
  return right and type(one) == 'table' and type(one.expires) == 'number' and one.expires > now
end
`;

/** ARGV: how many at most, milliseconds until it expires, id, text, the JSON without its end. Answers what waits, or nothing. */
const ADD_SCRIPT = `${CLOCK}
local left = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if waits(all[i + 1]) then left = left + 1 else redis.call('HDEL', KEYS[1], all[i]) redis.call('HDEL', KEYS[2], all[i]) end
end
local known = redis.call('HGET', KEYS[1], ARGV[3])
if known then return {known} end
if left >= tonumber(ARGV[1]) then return {} end
local one = ARGV[5] .. ',"at":' .. written(now) .. ',"expires":' .. written(now + tonumber(ARGV[2])) .. '}'
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], ARGV[3], one)
return {one}
`;

const ALL_SCRIPT = `${CLOCK}
local found = {}
for _, raw in ipairs(redis.call('HVALS', KEYS[1])) do
  if waits(raw) then found[#found + 1] = raw end
end
return found
`;

/** ARGV: id. Answers it and its text, or nothing. */
const FIND_SCRIPT = `${CLOCK}
local raw = redis.call('HGET', KEYS[1], ARGV[1])
if not waits(raw) then return {} end
return {raw, redis.call('HGET', KEYS[2], ARGV[1]) or ''}
`;

const TAKE_SCRIPT = `${CLOCK}
local raw, text = redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if not waits(raw) then return {} end
return {raw, text or ''}
`;

/** The hashes `{canary}:approvals` and `{canary}:approval-texts`, shared by all replicas. Connects when somebody asks. */
export function redisApprovals(options: RedisAt): ApprovalsStore {
  let opened: ReturnType<typeof openRedis> | undefined;
  const ask = async <T>(answer: z.ZodType<T>, script: string, ...args: (string | number)[]) => {
    try {
      opened ??= openRedis(options);
      const { redis, key } = opened;
      return answer.parse(await redis.run(script, ["approvals", "approval-texts"].map(key), args));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : error;
      return { kind: "unavailable" as const, why: why instanceof Error ? why.message : String(why) };
    }
  };
  return {
    add: ({ text, ...asking }, lasts) => {
      const id = idOf({ ...asking, text });
      return ask(Added, ADD_SCRIPT, MOST_WAITING, lasts, id, text, JSON.stringify({ ...asking, id }).slice(0, -1));
    },
    all: () => ask(All, ALL_SCRIPT),
    find: (id) => ask(One, FIND_SCRIPT, id),
    take: (id) => ask(One, TAKE_SCRIPT, id),
    close: async () => opened?.redis.close(),
  };
}

const Text = z.instanceof(Buffer).transform((bytes) => bytes.toString("utf8"));
const Read = Text.transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "what waits is no JSON" });
    return z.NEVER;
  }
}).pipe(Waiting);

const Added = z.union([
  z.tuple([]).transform(() => ({ kind: "full" as const })),
  z.tuple([Read]).transform(([waiting]) => ({ kind: "waits" as const, waiting })),
]);
/** What makes no sense is left out. */
const All = z.array(z.unknown()).transform((all) => {
  const waiting = all.flatMap((raw) => Read.safeParse(raw).data ?? []);
  return { kind: "all" as const, waiting: waiting.toSorted((a, b) => a.at - b.at) };
});
const One = z.union([
  z.tuple([]).transform((): Found => ({ kind: "unknown" })),
  z.tuple([Read, Text]).transform(([waiting, text]): Found => ({ kind: "found", waiting: { ...waiting, text } })),
]);
