import { z } from "zod";
import type { Log } from "../log.ts";
import { JOURNAL_LENGTH, type Journal, Journaled } from "./journal.ts";
import { openRedis, type RedisAt } from "./open-redis.ts";

/** KEYS: the journal. ARGV: its length, an entry as JSON. */
const NOTE_SCRIPT = "return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'entry', ARGV[2])";
/** ARGV: how many. Answers the entries, the newest first. */
const LAST_SCRIPT = `
local found = {}
for i, one in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])) do found[i] = one[2][2] end
return found
`;

/** The stream `{canary}:journal`, to which the scripts of the cuts write too. Connects when somebody asks. */
export function redisJournal(options: RedisAt, log: Log): Journal {
  let opened: ReturnType<typeof openRedis> | undefined;
  const run = (script: string, ...args: (string | number)[]): Promise<unknown> => {
    opened ??= openRedis(options);
    return opened.redis.run(script, [opened.key("journal")], args);
  };
  return {
    async note(entry) {
      try {
        await run(NOTE_SCRIPT, JOURNAL_LENGTH, JSON.stringify(entry));
      } catch (error) {
        log.warn("this is not in the history: it could not be written", { ...entry, trouble: String(error) });
      }
    },
    async last(most) {
      try {
        return { kind: "journal", entries: Entries.parse(await run(LAST_SCRIPT, most)) };
      } catch (error) {
        return { kind: "unavailable", why: error instanceof Error ? error.message : String(error) };
      }
    },
    close: async () => opened?.redis.close(),
  };
}

/** What makes no sense is left out. */
const Entries = z.array(z.instanceof(Buffer)).transform((all) =>
  all.flatMap((bytes) => {
    const parsed = Journaled.safeParse(jsonOf(bytes.toString("utf8")));
    return parsed.success ? [parsed.data] : [];
  }),
);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
