import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { stringify } from "yaml";
import { fileDirectory } from "../../src/store/file-directory.ts";
import { redisDirectory } from "../../src/store/redis-directory.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { directoryContract } from "./directory-contract.ts";

directoryContract("file", () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-directory-"));
  const path = join(folder, "customers.yaml");
  return {
    open: () => fileDirectory(path, memoryLog()),
    fill: ({ types = {}, owners = {} }) => writeFileSync(path, stringify({ customers: types, apiKeys: owners })),
    remove: () => rmSync(folder, { recursive: true }),
  };
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  directoryContract("redis", () => ({
    open: () => redisDirectory({ url: redis.url }),
    fill({ types = {}, owners = {} }) {
      redis.cli(["flushall"]);
      for (const [name, hash] of [["customers", types] as const, ["apikeys", owners] as const]) {
        const fields = Object.entries(hash).flat();
        if (fields.length > 0) redis.cli(["hset", `{canary}:${name}`, ...fields]);
      }
    },
    remove() {},
  }));
});
