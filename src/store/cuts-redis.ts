import { z } from "zod";
import type { CutTarget } from "../routing/cuts.ts";
import { type CutChanged, CutRecord, type CutsRead, type CutsStore, fieldOf } from "./cuts-port.ts";
import { CHANGE_CUT_SCRIPT, GIVE_BACK_CUTS_SCRIPT, READ_CUTS_SCRIPT } from "./cuts-scripts.ts";
import { openRedis, type RedisAt } from "./open-redis.ts";

/**
 * Cuts in Redis, shared by all replicas, over connections of their own: a cut does not wait behind a long text of rules.
 * `redis-cli HSET '{canary}:cuts' '["chat","2026-11"]' cut` is a legal cut.
 */
export function redisCuts(options: RedisAt): CutsStore {
  const { redis, key } = openRedis(options);
  const keys = ["cuts", "cut-epoch", "journal"].map(key);
  const channel = key("cut-changes");
  /** By how many ms the clock of Redis is ahead of ours. */
  let ahead: number | undefined;

  const ask = async <T>(
    answer: z.ZodType<T>,
    script: string,
    ...args: (string | number)[]
  ): Promise<T | Unavailable> => {
    try {
      const parsed = answer.safeParse(await redis.run(script, keys, args));
      return parsed.success ? parsed.data : { kind: "unavailable", why: z.prettifyError(parsed.error) };
    } catch (error) {
      return { kind: "unavailable", why: error instanceof Error ? error.message : String(error) };
    }
  };

  return {
    async read() {
      const asked = Date.now();
      const found = await ask(Standing, READ_CUTS_SCRIPT);
      if (found.kind === "cuts") ahead = found.now - (asked + Date.now()) / 2;
      return found;
    },
    change(change, after) {
      const head = JSON.stringify(change).slice(0, -1);
      const { id, undoes = "", state } = change;
      return ask(Changed, CHANGE_CUT_SCRIPT, channel, fieldOf(change), id, undoes, state, after, head);
    },
    giveBack(records) {
      const args = records.flatMap((one) => [fieldOf(one), one.epoch, one.state, JSON.stringify(one)]);
      return ask(Done, GIVE_BACK_CUTS_SCRIPT, channel, ...args);
    },
    watch({ told, missed }) {
      redis.subscribe(channel, (message) => {
        const [, micros, previous, record] = /^(\d+) (\d+) (\{.*)$/s.exec(message ?? "") ?? [];
        const parsed = CutRecord.safeParse(jsonOf(record ?? ""));
        if (!parsed.success) return missed();
        const age = ahead === undefined ? undefined : Math.max(0, Date.now() + ahead - Number(micros) / 1000);
        told(parsed.data, Number(previous), age);
      });
    },
    async close() {
      redis.close();
    },
  };
}

type Unavailable = Extract<CutsRead, { kind: "unavailable" }>;

/** What `fieldOf` writes. */
const Field = z.union([
  z.tuple([z.string(), z.string()]).transform(([route, version]) => ({ route, version })),
  z
    .tuple([z.string(), z.string(), z.string().nullable(), z.string().nullable()])
    .transform(([route, version, rule, modality]): CutTarget => {
      return { route, version, rule: rule ?? undefined, modality: modality ?? undefined };
    }),
]);
const Text = z.instanceof(Buffer).transform((bytes) => bytes.toString("utf8"));
const Numeral = Text.pipe(z.string().regex(/^\d{1,16}$/)).transform(Number);
const Recorded = Text.transform(jsonOf).pipe(CutRecord);

const FLEETING = "Redis does not write each change to its disk (appendonly is off)";

/** What the scripts answer. */
const Standing = z.tuple([Numeral, Numeral, Text], Text).transform(([micros, epoch, appends, ...pairs]): CutsRead => {
  const records: CutRecord[] = [];
  const foreign: CutTarget[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const field = Field.safeParse(jsonOf(pairs[i] ?? ""));
    if (!field.success) continue;
    const record = CutRecord.safeParse(jsonOf(pairs[i + 1] ?? ""));
    // What is under a version's name and makes no sense was still meant to be a cut.
    if (record.success && fieldOf(record.data) === fieldOf(field.data)) records.push(record.data);
    else foreign.push(field.data);
  }
  const fleeting = appends === "0" ? FLEETING : undefined;
  return { kind: "cuts", records, epoch, now: micros / 1000, foreign, fleeting };
});
const Changed = z.union([
  z
    .tuple([Text.pipe(z.literal("changed")), Recorded, Numeral])
    .transform(([kind, record, previous]): CutChanged => ({ kind, record, previous })),
  z
    .tuple([Text.pipe(z.enum(["settled", "conflict"])), Recorded])
    .transform(([kind, record]): CutChanged => ({ kind, record })),
]);
const Done = z.literal(1).transform(() => ({ kind: "done" as const }));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
