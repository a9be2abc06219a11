import { isUtf8 } from "node:buffer";
import { z } from "zod";
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
import { connectRedis } from "./redis-connection.ts";
import { ADOPT_SCRIPT, HISTORY_SCRIPT, PAST_SCRIPT, READ_SCRIPT, WRITE_SCRIPT } from "./redis-scripts.ts";

export interface RedisStoreOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` with TLS. */
  readonly url: string;
  /** The hash tag that all keys share, without its braces; `canary` unless told. */
  readonly prefix?: string | undefined;
  /** How many edits the history keeps; 500 unless told. */
  readonly historyLength?: number | undefined;
  /** Milliseconds to wait for a connection or an answer; 1000 unless told. */
  readonly timeoutMs?: number | undefined;
}

/** Rules in Redis, shared by all replicas. `redis-cli -x SET '{canary}:rules' < rules.yaml` is a legal edit. */
export function redisStore(options: RedisStoreOptions): RulesStore {
  const { url, prefix = "canary", historyLength = HISTORY_LENGTH, timeoutMs = 1000 } = options;
  const keys = ["rules", "revision", "digest", "history"].map((name) => `{${prefix}}:${name}`);
  const channel = `{${prefix}}:changes`;
  const redis = connectRedis(url, timeoutMs);

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
    write: ({ text, author, message, expected }) => change(WRITE_SCRIPT, text, author, message, expected),
    adopt: (text) => change(ADOPT_SCRIPT, text, "redis", FOREIGN_MESSAGE),
    history: (most) => ask(History, HISTORY_SCRIPT, most),
    past: (revision) => ask(PastEdit, PAST_SCRIPT, revision),
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
const Found = z
  .tuple([z.literal(0), z.int(), z.int()], Text)
  .transform(([, revision, foreign, text]): StoredRules | undefined =>
    text === undefined ? undefined : { text, revision, foreign: foreign === 1 },
  );
const Standing = Found.transform(
  (stored): ReadResult => (stored === undefined ? { kind: "empty" } : { kind: "rules", ...stored }),
);
const Conflict = Found.transform((current): WriteResult => ({ kind: "conflict", current }));
const Written = z
  .tuple([z.literal(1), z.int()])
  .transform(([, revision]): WriteResult => ({ kind: "written", revision }));

const Field = z.instanceof(Buffer).transform((bytes) => bytes.toString("utf8"));
const Numeral = Field.pipe(z.string().regex(/^\d{1,15}$/)).transform(Number);
const entryOf = ([revision, author, at, message]: readonly [number, string, number, string]): HistoryEntry => ({
  revision,
  author,
  at,
  message,
});
const History = z
  .array(z.tuple([Numeral, Field, Numeral, Field]))
  .transform((entries): HistoryResult => ({ kind: "history", entries: entries.map(entryOf) }));
const PastEdit = z.union([
  z.tuple([]).transform((): PastResult => ({ kind: "unknown" })),
  z.tuple([Numeral, Field, Numeral, Field, Text]).transform(
    ([revision, author, at, message, text]): PastResult => ({
      kind: "past",
      entry: entryOf([revision, author, at, message]),
      text,
    }),
  ),
]);
