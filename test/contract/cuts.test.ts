import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { fileCuts } from "../../src/store/cuts-file.ts";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import { redisCuts } from "../../src/store/cuts-redis.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { cutsContract } from "./cuts-contract.ts";

cutsContract("memory", () => {
  const store = memoryCuts();
  return { open: () => store, remove() {} };
});

cutsContract("file", () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-cuts-"));
  // One process writes to a file; what it had open may be opened again.
  const store = fileCuts(join(folder, "rules.yaml.cuts"), memoryJournal(), memoryLog());
  return { open: () => store, remove: () => rmSync(folder, { recursive: true }) };
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  cutsContract("redis", () => {
    redis.cli(["flushall"]);
    return { open: () => redisCuts({ url: redis.url }), remove() {} };
  });
});
