import { JOURNAL_LENGTH } from "./journal.ts";

/**
 * What runs inside Redis for cuts. KEYS: cuts (a hash: `["route","version"]`, with rule and modality where
 * only a slice is cut, → the last decision as JSON), the epoch, the journal.
 * Numbers are written with `%.0f`, since Lua would round them in their fifteenth digit.
 */
const EPOCH = `
local function written(number) return string.format('%.0f', number) end
local function epochNow() return tonumber(string.match(redis.call('GET', KEYS[2]) or '0', '^%d+$') or 0) end
local function decoded(raw)
  local right, record = pcall(cjson.decode, raw or '')
  if right and type(record) == 'table' and record.id then return record end
end
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
`;

/** Answers the time in microseconds, the epoch, whether Redis writes each change to its disk, and the hash's fields and values. */
export const READ_CUTS_SCRIPT = `${EPOCH}
local found = redis.call('HGETALL', KEYS[1])
local about = redis.pcall('INFO', 'persistence')
table.insert(found, 1, type(about) == 'string' and string.match(about, 'aof_enabled:(%d)') or '')
table.insert(found, 1, written(epochNow()))
table.insert(found, 1, written(micros))
return found
`;

/** ARGV: channel, field, id, what it undoes, state, after, the decision's JSON without its end. */
export const CHANGE_CUT_SCRIPT = `${EPOCH}
local raw = redis.call('HGET', KEYS[1], ARGV[2])
local old = decoded(raw)
if old then
  if old.id == ARGV[3] or old.undoes == ARGV[3] then return {'settled', raw} end
  if ARGV[5] == 'restored' and old.state == 'cut' and old.id ~= ARGV[4] then return {'conflict', raw} end
end
local previous = epochNow()
local at = math.floor(micros / 1000)
local epoch = math.max(math.max(previous, tonumber(ARGV[6])) + 1, at)
local record = ARGV[7] .. ',"at":' .. written(at) .. ',"epoch":' .. written(epoch) .. '}'
redis.call('HSET', KEYS[1], ARGV[2], record)
redis.call('SET', KEYS[2], written(epoch))
redis.call('PUBLISH', ARGV[1], written(micros) .. ' ' .. written(previous) .. ' ' .. record)
redis.pcall('XADD', KEYS[3], 'MAXLEN', '~', ${JOURNAL_LENGTH}, '*', 'entry', record)
return {'changed', record, written(previous)}
`;

/** ARGV: channel, and for each decision its field, epoch, state and JSON. */
export const GIVE_BACK_CUTS_SCRIPT = `${EPOCH}
local top = epochNow()
local changed = false
for i = 2, #ARGV, 4 do
  local epoch = tonumber(ARGV[i + 1])
  local raw = redis.call('HGET', KEYS[1], ARGV[i])
  local old = decoded(raw)
  local stays = raw and not old
  if old then
    stays = old.epoch > epoch or (old.epoch == epoch and not (ARGV[i + 2] == 'cut' and old.state == 'restored'))
  end
  if not stays then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 3])
    top = math.max(top, epoch)
    changed = true
  end
end
if changed then
  redis.call('SET', KEYS[2], written(top))
  redis.call('PUBLISH', ARGV[1], 'read')
end
return 1
`;
