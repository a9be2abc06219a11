import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { openRedis, type RedisAt } from "./open-redis.ts";
import {
  FOREIGN_MESSAGE,
  HISTORY_BYTES,
  HISTORY_LENGTH,
  type HistoryEntry,
  type HistoryResult,
  MAX_TEXT_BYTES,
  type PastResult,
  type ReadResult,
  type RulesStore,
  type StoredRules,
  type WriteResult,
} from "./port.ts";
import {
  ADOPT_SCRIPT,
  BEAT_SCRIPT,
  HISTORY_SCRIPT,
  LEAVE_SCRIPT,
  PAST_SCRIPT,
  READ_SCRIPT,
  REPLICAS_SCRIPT,
  WRITE_SCRIPT,
} from "./redis-scripts.ts";
import {
  FORGOTTEN_MS,
  type ReplicaBoard,
  type ReplicasResult,
  type SeenReplica,
  withoutReplaced,
} from "./replica-board.ts";

export interface RedisStoreOptions extends RedisAt {
  /** How many edits the history keeps; 500 unless told. */
  readonly historyLength?: number | undefined;
}

/** Rules in Redis, shared by all replicas. `redis-cli -x SET '{canary}:rules' < rules.yaml` is a legal edit. */
export function redisStore(options: RedisStoreOptions): RulesStore & ReplicaBoard {
  const { historyLength = HISTORY_LENGTH } = options;
  const { redis, key } = openRedis(options);
  const keys = ["rules", "revision", "digest", "history", "edited", "replicas", "edits"].map(key);
  const channel = key("changes");

  const ask = async <T>(
    answer: z.ZodType<T>,
    script: string,
    ...args: (string | number)[]
  ): Promise<T | Unavailable> => {
    try {
      const parsed = answer.safeParse(await redis.run(script, keys, [MAX_TEXT_BYTES, ...args]));
      return parsed.success ? parsed.data : { kind: "unavailable", why: z.prettifyError(parsed.error) };
    } catch (error) {
      return { kind: "unavailable", why: error instanceof Error ? error.message : String(error) };
    }
  };
  const change = (script: string, ...args: (string | number)[]): Promise<WriteResult> =>
    ask(z.union([Written, Conflict]), script, channel, historyLength, HISTORY_BYTES, ...args);

  return {
    read: () => ask(Standing, READ_SCRIPT),
    write: ({ text, author, approver = "", message, expected }) =>
      change(WRITE_SCRIPT, text, author, message, expected, approver),
    adopt: (text) => change(ADOPT_SCRIPT, text, "redis", FOREIGN_MESSAGE),
    history: (most) => ask(History, HISTORY_SCRIPT, most),
    past: (revision) => ask(PastEdit, PAST_SCRIPT, revision),
    async beat(heartbeat) {
      const done = await ask(Done, BEAT_SCRIPT, heartbeat.id, JSON.stringify(heartbeat), FORGOTTEN_MS);
      return done.kind === "done";
    },
    replicas: () => ask(Replicas, REPLICAS_SCRIPT),
    async leave(id) {
      await ask(Done, LEAVE_SCRIPT, id);
    },
    watch: (changed) => redis.subscribe(channel, changed),
    async close() {
      redis.close();
    },
  };
}

type Unavailable = Extract<ReadResult, { kind: "unavailable" }>;

const Text = z
  .instanceof(Buffer)
  .refine((bytes) => isUtf8(bytes), "the rules in Redis are not UTF-8 text: set them again in that encoding")
  .transform((bytes) => bytes.toString("utf8"));

/** What the scripts answer. */
const Answer = z.tuple([z.literal(0), z.int(), z.int(), z.int()], Text);
const Standing = Answer.transform(([, revision, foreign, age, text]): ReadResult => {
  if (text === undefined) return { kind: "empty" };
  return { kind: "rules", text, revision, foreign: foreign === 1, age: age < 0 ? undefined : age / 1000 };
});
const Conflict = Answer.transform(([, revision, foreign, , text]): WriteResult => {
  const current: StoredRules | undefined = text === undefined ? undefined : { text, revision, foreign: foreign === 1 };
  return { kind: "conflict", current };
});
const Done = z.literal(1).transform(() => ({ kind: "done" as const }));
const Written = z
  .tuple([z.literal(1), z.int()])
  .transform(([, revision]): WriteResult => ({ kind: "written", revision }));

const Field = z.instanceof(Buffer).transform((bytes) => bytes.toString("utf8"));
const Numeral = Field.pipe(z.string().regex(/^\d{1,15}$/)).transform(Number);
const Edited = [Numeral, Field, Field, Numeral, Field] as const;
type Edited = readonly [number, string, string, number, string];
const entryOf = ([revision, author, approver, at, message]: Edited): HistoryEntry => ({
  revision,
  author,
  ...(approver === "" ? {} : { approver }),
  at,
  message,
});
const History = z
  .array(z.tuple(Edited))
  .transform((entries): HistoryResult => ({ kind: "history", entries: entries.map(entryOf) }));
const PastEdit = z.union([
  z.tuple([]).transform((): PastResult => ({ kind: "unknown" })),
  z.tuple([...Edited, Text]).transform(([revision, author, approver, at, message, text]): PastResult => {
    return { kind: "past", entry: entryOf([revision, author, approver, at, message]), text };
  }),
]);

const Heard = z.object({
  id: z.string(),
  address: z.string(),
  revision: z.int(),
  cutEpoch: z.int(),
  lag: z.number(),
  build: z.string(),
  trouble: z.string().optional(),
  workers: z
    .object({ wanted: z.int(), forwarding: z.int(), ended: z.int(), lastEnded: z.iso.datetime().optional() })
    .optional(),
});
const Replicas = z.tuple([Numeral, Field], Field).transform(([revision, now, ...heard]): ReplicasResult => {
  const replicas = heard.flatMap((one): SeenReplica[] => {
    const space = one.indexOf(" ");
    const parsed = Heard.safeParse(jsonOf(one.slice(space + 1)));
    // Another version of the router may say it in another way.
    return parsed.success ? [{ ...parsed.data, heard: (Number(now) - Number(one.slice(0, space))) / 1000 }] : [];
  });
  return {
    kind: "replicas",
    revision,
    replicas: [...withoutReplaced(replicas)].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
