import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { fileStore } from "../../src/store/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { redisStore } from "../../src/store/redis.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { storeContract } from "./store-contract.ts";

storeContract("memory", () => {
  const store = memoryStore();
  return { open: () => store, put: store.put, remove() {} };
});

storeContract("file", () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-file-store-"));
  const path = join(folder, "rules.yaml");
  const store = fileStore(path, memoryLog()); // one process writes to a file
  return {
    open: () => store,
    put: (text) => writeFileSync(path, text),
    remove: () => rmSync(folder, { recursive: true }),
  };
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  storeContract("redis", () => {
    redis.cli(["flushall"]);
    return {
      open: () => redisStore({ url: redis.url, timeoutMs: 10_000 }),
      put: (text) => void redis.cli(["-x", "set", "{canary}:rules"], text),
      remove() {},
    };
  });
});
