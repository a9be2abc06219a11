/**
 * What runs inside Redis, where nobody can come between two steps. KEYS: rules, revision, digest, history, edited, replicas, edits.
 * The digest is of the text that the revision was given to; another text under `rules` was put there past the router.
 * The answer is `1, revision` for what was written, else `0, revision, foreign, age, text` for what stands there, with the
 * age in microseconds, -1 where it is not known.
 * What is written starts with the command most likely to be refused, since Redis does not take back half a script.
 */
const LOOK = `
local limit = tonumber(ARGV[1])
local function wrong(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found == wanted or found == 'none' then return nil end
  return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ' where a ' .. wanted .. ' belongs: delete it')
end
local fault = wrong(KEYS[1], 'string') or wrong(KEYS[2], 'string')
if fault then return fault end
if redis.call('STRLEN', KEYS[1]) > limit then
  return redis.error_reply('ERR ' .. KEYS[1] .. ' is larger than ' .. limit .. ' bytes, no rules are: set it anew')
end
local text = redis.call('GET', KEYS[1])
local revision = tonumber(string.match(redis.call('GET', KEYS[2]) or '0', '^%d+$'))
if not revision then
  return redis.error_reply('ERR ' .. KEYS[2] .. ' is not a number: set it to the last revision, or delete it')
end
local foreign = text and (revision == 0 or wrong(KEYS[3], 'string') or redis.call('GET', KEYS[3]) ~= redis.sha1hex(text))
local function microseconds()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function found()
  local edited = not wrong(KEYS[5], 'string') and tonumber(redis.call('GET', KEYS[5]) or nil)
  return {0, revision, foreign and 1 or 0, edited and math.max(0, microseconds() - edited) or -1, text or nil}
end
`;

const COMMIT = `
local function commit(author, approver, message, channel, length, bytes)
  local fault = wrong(KEYS[4], 'stream')
  if fault then return fault end
  local now = microseconds()
  local at = string.format('%d', math.floor(now / 1000))
  local given = string.format('%d', revision + 1)
  length = math.max(1, math.min(tonumber(length), math.floor(tonumber(bytes) / (#text + 1))))
  local id = redis.call('XADD', KEYS[4], 'MAXLEN', length, '*',
    'revision', given, 'author', author, 'approver', approver, 'at', at, 'message', message, 'text', text)
  if not wrong(KEYS[7], 'stream') then
    redis.pcall('XADD', KEYS[7], 'MAXLEN', length, id,
      'revision', given, 'author', author, 'approver', approver, 'at', at, 'message', message)
  end
  redis.call('SET', KEYS[1], text)
  redis.call('SET', KEYS[2], given)
  redis.call('SET', KEYS[3], redis.sha1hex(text))
  redis.call('SET', KEYS[5], string.format('%d', now))
  redis.call('PUBLISH', channel, given)
  return {1, revision + 1}
end
`;

export const READ_SCRIPT = `${LOOK}
return found()
`;

/** ARGV: limit, channel, history length, its bytes, text, author, message, expected, approver. */
export const WRITE_SCRIPT = `${LOOK}${COMMIT}
if ARGV[8] ~= 'any' then
  local seen = text and revision or 0
  if foreign or seen ~= tonumber(ARGV[8]) then return found() end
end
text = ARGV[5]
return commit(ARGV[6], ARGV[9], ARGV[7], ARGV[2], ARGV[3], ARGV[4])
`;

/** ARGV: limit, channel, history length, its bytes, text, author, message. */
export const ADOPT_SCRIPT = `${LOOK}${COMMIT}
if text ~= ARGV[5] then return found() end
if not foreign then return {1, revision} end
return commit(ARGV[6], '', ARGV[7], ARGV[2], ARGV[3], ARGV[4])
`;

/**
 * The edits without their texts, by the same ids: reading all texts, of 32 MiB together, would keep everybody else waiting. Made anew
 * where it is not that of the history, which an older router, or somebody's hand, may have written alone.
 */
const EDITS = `
local function fieldsOf(entry)
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  return fields
end
local function told(edit)
  return {edit.revision or '', edit.author or '', edit.approver or '', edit.at or '', edit.message or ''}
end
local last = redis.call('XREVRANGE', KEYS[7], '+', '-', 'COUNT', 1)[1]
local same = last and fieldsOf(last).revision == redis.call('GET', KEYS[2])
if not same or redis.call('XLEN', KEYS[7]) ~= redis.call('XLEN', KEYS[4]) then
  redis.call('DEL', KEYS[7])
  local from = '-'
  repeat
    local some = redis.call('XRANGE', KEYS[4], from, '+', 'COUNT', 10)
    for _, entry in ipairs(some) do
      local edit = told(fieldsOf(entry))
      redis.call('XADD', KEYS[7], entry[1],
        'revision', edit[1], 'author', edit[2], 'approver', edit[3], 'at', edit[4], 'message', edit[5])
      from = '(' .. entry[1]
    end
  until #some < 10
end
`;

/** ARGV: limit, how many. Answers `revision, author, approver, at, message` for each. */
export const HISTORY_SCRIPT = `${EDITS}
local found = {}
for i, entry in ipairs(redis.call('XREVRANGE', KEYS[7], '+', '-', 'COUNT', ARGV[2])) do found[i] = told(fieldsOf(entry)) end
return found
`;

/** ARGV: limit, revision. Answers `revision, author, approver, at, message, text`, or nothing. */
export const PAST_SCRIPT = `${EDITS}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[7], '+', '-')) do
  local edit = fieldsOf(entry)
  if edit.revision == ARGV[2] then
    local past = redis.call('XRANGE', KEYS[4], entry[1], entry[1])[1]
    local found = told(edit)
    found[6] = past and fieldsOf(past).text or ''
    return found
  end
end
return {}
`;

/**
 * Heartbeats are keys of their own, which expire; the set of their ids is there so that nobody has to search for them.
 * ARGV: limit, id, heartbeat, milliseconds until it is forgotten.
 */
export const BEAT_SCRIPT = `
local time = redis.call('TIME')
redis.call('SET', KEYS[6] .. ':' .. ARGV[2], time[1] .. string.format('%06d', time[2]) .. ' ' .. ARGV[3], 'PX', ARGV[4])
redis.call('SADD', KEYS[6], ARGV[2])
return 1
`;

/** ARGV: limit, id. */
export const LEAVE_SCRIPT = `
redis.call('DEL', KEYS[6] .. ':' .. ARGV[2])
redis.call('SREM', KEYS[6], ARGV[2])
return 1
`;

/** Answers the revision, the time, and for each replica `when it was heard` and the heartbeat, a space between; times in microseconds. */
export const REPLICAS_SCRIPT = `
local time = redis.call('TIME')
local found = {redis.call('GET', KEYS[2]) or '0', time[1] .. string.format('%06d', time[2])}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[6])) do
  local heard = redis.call('GET', KEYS[6] .. ':' .. id)
  if heard then
    found[#found + 1] = heard
  else
    redis.call('SREM', KEYS[6], id)
  end
end
return found
`;
