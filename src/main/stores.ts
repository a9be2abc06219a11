import { readFile } from "node:fs/promises";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import type { ApprovalsStore } from "../store/approvals.ts";
import { fileApprovals } from "../store/approvals-file.ts";
import { redisApprovals } from "../store/approvals-redis.ts";
import { type CutsCopy, cutsCopy, fileCuts } from "../store/cuts-file.ts";
import type { CutsStore } from "../store/cuts-port.ts";
import { redisCuts } from "../store/cuts-redis.ts";
import type { Directory } from "../store/directory.ts";
import { fileStore } from "../store/file.ts";
import type { Journal } from "../store/journal.ts";
import { fileJournal } from "../store/journal-file.ts";
import { redisJournal } from "../store/journal-redis.ts";
import { type RedisMailbox, redisMailbox } from "../store/mailbox-redis.ts";
import { openDirectory } from "../store/open-directory.ts";
import type { RulesStore } from "../store/port.ts";
import { fileRamps } from "../store/ramps-file.ts";
import type { RampsStore } from "../store/ramps-port.ts";
import { redisRamps } from "../store/ramps-redis.ts";
import { type RedisStoreOptions, redisStore } from "../store/redis.ts";
import type { ReplicaBoard } from "../store/replica-board.ts";
import { memoryNumbers, type SharedNumbers } from "../store/shared-numbers.ts";
import { redisNumbers } from "../store/shared-numbers-redis.ts";
import { type Snapshot, snapshotFile } from "../store/snapshot.ts";

/** What replicas share: in Redis where there is one, else in files beside the rules. */
export interface Stores {
  readonly rules: RulesStore & ReplicaBoard;
  readonly journal: Journal;
  readonly cuts: CutsStore;
  readonly ramps: RampsStore;
  readonly approvals: ApprovalsStore;
  readonly numbers: SharedNumbers;
  /** How feedback gets to the replica that has answered; undefined: there is one replica only. */
  readonly mailbox: RedisMailbox | undefined;
  readonly directory: Directory;
  /** On this machine, for a start without Redis; undefined: nowhere. */
  readonly snapshot: Snapshot | undefined;
  readonly cutsCopy: CutsCopy | undefined;
  close(): Promise<void>;
}

/** Waits for no server. Rejects when the file of authorities for Redis cannot be read. */
export async function openStores(settings: Settings["store"], log: Log): Promise<Stores> {
  const { rulesFile, snapshotFile: snapshotPath, directoryFile } = settings;
  const redis = await redisOf(settings);
  const journal = redis === undefined ? fileJournal(`${rulesFile}.journal`, log) : redisJournal(redis, log);
  const rules = redis === undefined ? fileStore(rulesFile, log) : redisStore(redis);
  const cuts = redis === undefined ? fileCuts(`${rulesFile}.cuts`, journal, log) : redisCuts(redis);
  const ramps = redis === undefined ? fileRamps(`${rulesFile}.ramps`, log) : redisRamps(redis);
  const approvals = redis === undefined ? fileApprovals(`${rulesFile}.approvals`, log) : redisApprovals(redis);
  const numbers = redis === undefined ? memoryNumbers() : redisNumbers(redis);
  const mailbox = redis && redisMailbox(redis, "feedback");
  const directory = openDirectory(directoryFile, redis, log);
  return {
    ...{ rules, journal, cuts, ramps, approvals, numbers, mailbox, directory },
    snapshot: snapshotPath === undefined ? undefined : snapshotFile(snapshotPath, log),
    cutsCopy: snapshotPath === undefined ? undefined : cutsCopy(`${snapshotPath}.cuts`, log),
    async close() {
      directory.close();
      mailbox?.close();
      await Promise.all([rules, cuts, ramps, approvals, numbers, journal].map((store) => store.close()));
    },
  };
}

/** undefined: what replicas share is in files. */
export async function redisOf(settings: Settings["store"]): Promise<RedisStoreOptions | undefined> {
  const { redisUrl, redisUser, redisPassword, redisSentinelPassword, redisCaFile, keyPrefix } = settings;
  if (redisUrl === undefined) return undefined;
  return {
    url: redisUrl,
    user: redisUser,
    password: redisPassword,
    sentinelPassword: redisSentinelPassword,
    ca: redisCaFile === undefined ? undefined : await readFile(redisCaFile, "utf8"),
    prefix: keyPrefix,
  };
}

/** A start with Redis away and no snapshot serves the routes of the rules file, by their stable versions only. */
export async function lastResort({ redisUrl, rulesFile }: Settings["store"]): Promise<string | undefined> {
  if (redisUrl === undefined) return undefined;
  return readFile(rulesFile, "utf8").catch(() => undefined);
}
