import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { fileRamps } from "../../src/store/ramps-file.ts";
import { memoryRamps } from "../../src/store/ramps-memory.ts";
import type { RampChange, RampsStore } from "../../src/store/ramps-port.ts";
import { redisRamps } from "../../src/store/ramps-redis.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { until } from "../kit/until.ts";

const CHANGE: RampChange = {
  route: "chat",
  rule: "everyone",
  version: "v2",
  plan: "[]",
  revision: 1,
  author: "ann",
  step: 0,
  points: 100,
  state: "running",
  spent: 0,
  by: "ann",
  why: 'so — "so"\n日本',
};

function rampsContract(name: string, place: () => () => RampsStore): void {
  describe(`${name} ramps`, () => {
    const open = (make: () => RampsStore): RampsStore => {
      const store = make();
      onTestFinished(() => store.close());
      return store;
    };

    it("has none at first, and gives back what was put there, dated and numbered", async () => {
      const make = place();
      const store = open(make);
      expect(await store.read()).toMatchObject({ kind: "ramps", records: [] });
      const swapped = await store.swap(CHANGE, 0, 0);
      const record = { ...CHANGE, at: expect.any(Number), number: 1 };
      expect(swapped).toEqual({ kind: "swapped", record });
      const found = await store.read();
      expect(found).toEqual({ kind: "ramps", records: [record], now: expect.any(Number) });
      const at = swapped.kind === "swapped" ? swapped.record.at : 0;
      expect(Math.abs(at - Date.now())).toBeLessThan(2_000);
      expect(found.kind === "ramps" && Math.abs(found.now - Date.now())).toBeLessThan(2_000);
    });

    it("takes one of many who are at it at once", async () => {
      const make = place();
      const store = open(make);
      const results = await Promise.all([1, 2, 3, 4].map((step) => store.swap({ ...CHANGE, step }, 0, 0)));
      expect(results.filter(({ kind }) => kind === "swapped")).toHaveLength(1);
      const [winner] = results.filter(({ kind }) => kind === "swapped");
      for (const one of results) expect(one).toMatchObject({ record: { number: 1 } });
      expect(await store.swap(CHANGE, 1, 1)).toMatchObject({ kind: "swapped", record: { number: 2 } });
      expect(winner).toBeDefined();
    });

    it("keeps ramps apart, and numbers higher than what the caller knows", async () => {
      const store = open(place());
      await store.swap(CHANGE, 0, 0);
      await store.swap({ ...CHANGE, rule: "staff" }, 0, 41);
      const found = await store.read();
      const numbers = found.kind === "ramps" ? found.records.map(({ rule, number }) => [rule, number]) : [];
      expect(numbers.sort()).toEqual([
        ["everyone", 1],
        ["staff", 42],
      ]);
    });
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "canary-ramps-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

rampsContract("memory", () => memoryRamps);
rampsContract("file", () => {
  const path = join(folder(), "rules.yaml.ramps");
  return () => fileRamps(path, memoryLog());
});

describe("file ramps", () => {
  it("outlive the process", async () => {
    const path = join(folder(), "rules.yaml.ramps");
    await fileRamps(path, memoryLog()).swap(CHANGE, 0, 0);
    expect(await fileRamps(path, memoryLog()).read()).toMatchObject({ records: [{ ...CHANGE, number: 1 }] });
  });

  it("begin anew, and say so, where the file makes no sense or cannot be written", async () => {
    const log = memoryLog();
    const path = join(folder(), "rules.yaml.ramps");
    writeFileSync(path, "{");
    expect(await fileRamps(path, log).read()).toMatchObject({ kind: "ramps", records: [] });
    const nowhere = fileRamps(join(folder(), "none", "ramps"), log);
    expect(await nowhere.swap(CHANGE, 0, 0)).toMatchObject({ kind: "swapped" });
    expect(await nowhere.read()).toMatchObject({ records: [{ number: 1 }] });
    expect(log.lines.map(({ level }) => level)).toEqual(["error", "warn"]);
  });
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  rampsContract("redis", () => {
    redis.cli(["flushall"]);
    return () => redisRamps({ url: redis.url });
  });

  it("tells the others, and leaves out what makes no sense", async () => {
    redis.cli(["flushall"]);
    const [one, two] = [redisRamps({ url: redis.url }), redisRamps({ url: redis.url })];
    let told = 0;
    two.watch(() => told++);
    await two.read();
    redis.cli(["hset", "{canary}:ramps", '["chat","everyone"]', "nonsense"]);
    expect(await two.read()).toMatchObject({ records: [] });
    let number = 0;
    await until("it is told", async () => {
      const swapped = await one.swap(CHANGE, number, number);
      if (swapped.kind === "swapped") number = swapped.record.number;
      return told > 2;
    });
    await Promise.all([one.close(), two.close()]);
  });
});
