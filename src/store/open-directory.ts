import type { Log } from "../log.ts";
import type { Directory } from "./directory.ts";
import { fileDirectory } from "./file-directory.ts";
import type { RedisAt } from "./open-redis.ts";
import { redisDirectory } from "./redis-directory.ts";

/** The file, if one is named; else Redis; with neither, nobody is in it. */
export function openDirectory(file: string | undefined, redis: RedisAt | undefined, log: Log): Directory {
  if (file !== undefined) return fileDirectory(file, log);
  return redis === undefined ? EMPTY : redisDirectory(redis);
}

const EMPTY: Directory = {
  owners: async (digests) => ({ kind: "found", values: digests.map(() => undefined) }),
  types: async (customers) => ({ kind: "found", values: customers.map(() => undefined) }),
  close() {},
};
