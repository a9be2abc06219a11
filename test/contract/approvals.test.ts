import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ApprovalsStore, type Asking, MOST_WAITING } from "../../src/store/approvals.ts";
import { fileApprovals } from "../../src/store/approvals-file.ts";
import { redisApprovals } from "../../src/store/approvals-redis.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";

const ASKING: Asking = {
  by: "ann",
  message: 'so — "so"\n日本',
  raises: ["chat / everyone: v2 from 5% to 50%"],
  does: { kind: "edit", base: 7 },
  text: "version: 1 # — “text”\n",
};
const HOUR = 3_600_000;

function approvalsContract(name: string, place: () => () => ApprovalsStore, lasts: boolean, shared = false): void {
  describe(`${name} approvals`, () => {
    const open = (make: () => ApprovalsStore): ApprovalsStore => {
      const store = make();
      onTestFinished(() => store.close());
      return store;
    };
    const added = async (store: ApprovalsStore, asking: Asking, ms = HOUR) => {
      const held = await store.add(asking, ms);
      if (held.kind !== "waits") throw new Error(JSON.stringify(held));
      return held.waiting;
    };
    const idsIn = async (store: ApprovalsStore): Promise<readonly string[]> => {
      const all = await store.all();
      if (all.kind !== "all") throw new Error(all.why);
      return all.waiting.map(({ id }) => id);
    };

    it("gives back what waits, dated, and its text byte by byte", async () => {
      const store = open(place());
      expect(await store.all()).toEqual({ kind: "all", waiting: [] });
      const { text, ...asking } = ASKING;
      const waiting = await added(store, ASKING);
      expect(waiting).toMatchObject(asking);
      expect(Math.abs(waiting.at - Date.now())).toBeLessThan(2_000);
      expect(waiting.expires).toBe(waiting.at + HOUR);
      expect(await idsIn(store)).toEqual([waiting.id]);
      expect(await store.find(waiting.id)).toMatchObject({ kind: "found", waiting: { ...waiting, text } });
      expect(await store.find("none")).toEqual({ kind: "unknown" });
    });

    it("knows a cut whose end is asked for", async () => {
      const store = open(place());
      const does = { kind: "restore", route: "chat", version: "v2", modality: "image", cut: "c" } as const;
      const { id } = await added(store, { ...ASKING, does, text: "" });
      expect(await store.take(id)).toMatchObject({ kind: "found", waiting: { does, text: "" } });
    });

    it("holds what somebody asks for twice once, and what another asks for besides", async () => {
      const store = open(place());
      const first = await added(store, ASKING);
      expect(await added(store, { ...ASKING, message: "again" })).toMatchObject({
        id: first.id,
        message: ASKING.message,
      });
      const others = [
        await added(store, { ...ASKING, by: "bob" }),
        await added(store, { ...ASKING, text: "other" }),
        await added(store, { ...ASKING, does: { kind: "edit", base: 8 } }),
      ];
      expect(await idsIn(store)).toHaveLength(4);
      expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(4);
    });

    it("gives it to one of many who decide at once", async () => {
      const make = place();
      const [one, other] = [open(make), shared ? open(make) : undefined];
      const { id } = await added(one, ASKING);
      const takers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 || other === undefined ? one : other).take(id));
      const taken = await Promise.all(takers);
      expect(taken.filter(({ kind }) => kind === "found")).toHaveLength(1);
      expect(await one.find(id)).toEqual({ kind: "unknown" });
      expect(await idsIn(one)).toEqual([]);
    });

    it("forgets what nobody has decided in time, and can be asked for it anew", async () => {
      const store = open(place());
      const { id } = await added(store, ASKING, 1);
      await pause(10);
      expect(await idsIn(store)).toEqual([]);
      expect(await store.find(id)).toEqual({ kind: "unknown" });
      expect((await added(store, ASKING)).expires).toBeGreaterThan(Date.now() + HOUR / 2);
      expect(await store.take(id)).toMatchObject({ kind: "found" });
      await added(store, ASKING, 1);
      await pause(10);
      expect(await store.take(id)).toEqual({ kind: "unknown" });
    });

    it("has room for so many, and for more when some are decided or have expired", async () => {
      const store = open(place());
      const asked = (i: number): Asking => ({ ...ASKING, text: `${i}` });
      const fill = async (ms: number) => {
        for (let i = 0; i < MOST_WAITING; i++) await added(store, asked(i), ms);
      };
      await fill(1);
      await pause(10);
      await fill(HOUR);
      expect(await store.add(asked(-1), HOUR)).toEqual({ kind: "full" });
      const { id } = await added(store, asked(1));
      await store.take(id);
      expect(await store.add(asked(-1), HOUR)).toMatchObject({ kind: "waits" });
    });

    it.skipIf(!lasts)("outlives who writes it", async () => {
      const make = place();
      const first = open(make);
      const { id } = await added(first, ASKING);
      await first.close();
      expect(await open(make).find(id)).toMatchObject({ kind: "found", waiting: { text: ASKING.text } });
    });
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "canary-approvals-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

approvalsContract("memory", () => () => fileApprovals(undefined, memoryLog()), false);
approvalsContract(
  "file",
  () => {
    const path = join(folder(), "rules.yaml.approvals");
    return () => fileApprovals(path, memoryLog());
  },
  true,
);

describe("file approvals", () => {
  it("outlive the process, for the eyes of its user only", async () => {
    const path = join(folder(), "rules.yaml.approvals");
    await fileApprovals(path, memoryLog()).add(ASKING, HOUR);
    expect(await fileApprovals(path, memoryLog()).all()).toMatchObject({ waiting: [{ by: "ann" }] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("are none, and say so, where the file makes no sense or cannot be written", async () => {
    const log = memoryLog();
    const path = join(folder(), "rules.yaml.approvals");
    writeFileSync(path, "{");
    expect(await fileApprovals(path, log).all()).toEqual({ kind: "all", waiting: [] });
    const nowhere = join(folder(), "none", "approvals");
    const store = fileApprovals(nowhere, log);
    expect(await store.add(ASKING, HOUR)).toMatchObject({ kind: "waits" });
    expect(await store.all()).toMatchObject({ waiting: [{ by: "ann" }] });
    expect(log.lines.map(({ level }) => level)).toEqual(["error", "warn"]);
    expect(readdirSync(join(nowhere, "../.."))).toEqual([]);
  });
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  approvalsContract(
    "redis",
    () => {
      redis.cli(["flushall"]);
      return () => redisApprovals({ url: redis.url });
    },
    true,
    true,
  );

  it("leaves out what makes no sense, and says when it cannot be asked", async () => {
    redis.cli(["flushall"]);
    const store = redisApprovals({ url: redis.url });
    onTestFinished(() => store.close());
    redis.cli(["hset", "{canary}:approvals", "a", "nonsense", "b", '{"expires":9e15}']);
    expect(await store.all()).toEqual({ kind: "all", waiting: [] });
    expect(await store.find("a")).toEqual({ kind: "unknown" });
    redis.cli(["del", "{canary}:approvals"]);
    redis.cli(["set", "{canary}:approvals", "x"]);
    expect(await store.add(ASKING, HOUR)).toMatchObject({
      kind: "unavailable",
      why: expect.stringContaining("WRONGTYPE"),
    });
    expect(await store.take("a")).toMatchObject({ kind: "unavailable" });
  });
});
