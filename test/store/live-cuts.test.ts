import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cutKey } from "../../src/routing/cuts.ts";
import { cutsCopy, fileCuts } from "../../src/store/cuts-file.ts";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import type { CutsStore } from "../../src/store/cuts-port.ts";
import { redisCuts } from "../../src/store/cuts-redis.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { followCuts, type LiveCuts, type LiveCutsOptions } from "../../src/store/live-cuts.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import { until } from "../kit/until.ts";

const ORDER = { route: "chat", version: "v2", by: "ann", why: "too slow" };
const V2 = cutKey("chat", "v2");

function follow(store: CutsStore, options: Partial<LiveCutsOptions> = {}): LiveCuts {
  const live = followCuts({ store, log: memoryLog(), pollMs: 50, ...options });
  onTestFinished(() => live.stop());
  return live;
}

async function started(store: CutsStore, options: Partial<LiveCutsOptions> = {}): Promise<LiveCuts> {
  const live = follow(store, options);
  await live.started;
  return live;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "canary-live-cuts-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A store that can be out of reach, and whose messages can get lost. */
function flaky() {
  const inner = memoryCuts();
  const state = { up: true, messages: true, replies: true };
  const down = { kind: "unavailable", why: "it is gone" } as const;
  const store: CutsStore = {
    ...inner,
    read: async () => (state.up ? inner.read() : down),
    async change(change, after) {
      if (!state.up) return down;
      const result = await inner.change(change, after);
      return state.replies ? result : down;
    },
    giveBack: async (records) => (state.up ? inner.giveBack(records) : down),
    watch: ({ told, missed }) =>
      inner.watch({
        told: (...message) => (state.messages ? told(...message) : undefined),
        missed: () => (state.messages ? missed() : undefined),
      }),
  };
  return { store, state };
}

describe("cuts in force", () => {
  it("holds a cut here before it is asked whether the store has it", async () => {
    const live = await started(memoryCuts());
    const cutting = live.cut(ORDER, "finish");
    expect([...live.cuts().keys()]).toEqual([V2]);
    expect(await cutting).toEqual({ kind: "stored", epoch: expect.any(Number), fleeting: undefined });
    expect([...live.cuts().keys()]).toEqual([V2]);
  });

  it("holds it on every replica, by message", async () => {
    const store = memoryCuts();
    const lags: number[] = [];
    const [one, two] = [
      await started(store),
      await started(store, { pollMs: 60_000, onPropagation: (lag) => lags.push(lag) }),
    ];
    const result = await one.cut(ORDER, "finish");
    await until("the other has it", () => two.cuts().has(V2));
    expect(result).toMatchObject({ kind: "stored", epoch: two.epoch() });
    expect(lags).toEqual([expect.any(Number)]);
  });

  it("holds it where the message was lost, with the next read", async () => {
    const store = memoryCuts();
    const deaf: CutsStore = { ...store, watch: () => undefined };
    const [one, two] = [await started(store), await started(deaf)];
    await one.cut(ORDER, "finish");
    await until("the other has it", () => two.cuts().has(V2));
  });

  it("does not say that it is up to date when it has missed the message before", async () => {
    const { store, state } = flaky();
    const [one, two] = [await started(store), await started(store, { pollMs: 60_000 })];
    state.messages = false;
    const first = await one.cut(ORDER, "finish");
    await new Promise(setImmediate);
    state.messages = true;
    const seen: [epoch: number, cuts: number][] = [];
    const second = await one.cut({ ...ORDER, version: "v3" }, "finish");
    await until("the other is up to date", () => {
      seen.push([two.epoch(), two.cuts().size]);
      return second.kind === "stored" && two.epoch() === second.epoch;
    });
    expect(two.cuts().size).toBe(2);
    expect(first.kind === "stored" && seen.filter(([epoch, cuts]) => epoch >= first.epoch && cuts < 2)).toEqual([]);
  });

  it("cuts what the version has in hand on every replica, when it is asked to, and only then", async () => {
    const store = memoryCuts();
    const aborted: string[] = [];
    const one = await started(store, { onAbort: ({ route, version }) => aborted.push(`one ${route} ${version}`) });
    await started(store, { onAbort: ({ route, version }) => aborted.push(`two ${route} ${version}`) });
    await one.cut({ ...ORDER, version: "v3" }, "finish");
    await one.cut(ORDER, "abort");
    await until("both have", () => aborted.length > 1);
    expect(aborted.sort()).toEqual(["one chat v2", "two chat v2"]);
  });

  it("is lifted by a restoration, everywhere, and keeps who and why", async () => {
    const store = memoryCuts();
    const [one, two] = [await started(store), await started(store)];
    await one.cut(ORDER, "finish");
    expect(await two.restore({ ...ORDER, by: "bob", why: "fixed" })).toMatchObject({ kind: "restored" });
    expect([...two.cuts().keys()]).toEqual([]);
    await until("the other has it", () => one.cuts().size === 0);
    expect(one.records()).toMatchObject([{ state: "restored", by: "bob", why: "fixed" }]);
    expect(await one.restore(ORDER)).toEqual({ kind: "not cut" });
  });

  it("of a slice leaves the rest of the version as it is, and is lifted alone", async () => {
    const store = memoryCuts();
    const [one, two] = [await started(store), await started(store)];
    const images = { ...ORDER, modality: "image" };
    await one.cut(images, "finish");
    await one.cut(ORDER, "finish");
    await until("the other has both", () => two.cuts().get(V2)?.length === 2);
    await two.restore(ORDER);
    await until("one is lifted", () => one.cuts().get(V2)?.length === 1);
    expect(one.cuts().get(V2)).toEqual([{ rule: undefined, modality: "image" }]);
    expect(await one.restore(ORDER)).toEqual({ kind: "not cut" });
    expect(await one.restore(images)).toMatchObject({ kind: "restored" });
    expect(one.cuts().size).toBe(0);
  });

  it("does not reach another version of the route", async () => {
    const live = await started(memoryCuts());
    await live.cut(ORDER, "finish");
    expect(live.cuts().has(cutKey("chat", "v3"))).toBe(false);
    expect(await live.restore({ ...ORDER, version: "v3" })).toEqual({ kind: "not cut" });
  });
});

describe("without the store", () => {
  it("cuts here, and everywhere once the store is back", async () => {
    const { store, state } = flaky();
    const [one, two] = [await started(store), await started(store)];
    state.up = false;
    expect(await one.cut(ORDER, "finish")).toEqual({ kind: "kept here", why: "it is gone" });
    expect([...one.cuts().keys()]).toEqual([V2]);
    expect(one.records()).toMatchObject([{ epoch: 0, by: "ann" }]);
    expect(await one.restore(ORDER)).toEqual({ kind: "unavailable", why: "it is gone" });
    expect([...one.cuts().keys()]).toEqual([V2]);
    state.up = true;
    await until("the other has it", () => two.cuts().has(V2));
    await until("it has a number", () => one.records().every(({ epoch }) => epoch > 0));
    expect(await two.restore(ORDER)).toMatchObject({ kind: "restored" });
    await until("it is lifted where it was made", () => one.cuts().size === 0);
  });

  it("wins over a restoration of an older cut that came meanwhile", async () => {
    const { store, state } = flaky();
    const [one, two] = [await started(store), await started({ ...memoryCuts(), ...store })];
    await one.cut(ORDER, "finish");
    state.up = false;
    await one.cut({ ...ORDER, why: "slow again" }, "finish");
    state.up = true;
    await two.restore(ORDER);
    await until("it is written", () => one.records().every(({ epoch }) => epoch > 0));
    await until("it holds on both", () => one.cuts().has(V2) && two.cuts().has(V2));
    expect(two.records()).toMatchObject([{ state: "cut", why: "slow again" }]);
  });

  it("does not cut once more what was written without an answer and has been restored", async () => {
    const { store, state } = flaky();
    const [one, two] = [await started(store, { pollMs: 60_000 }), await started(store)];
    state.messages = false;
    state.replies = false;
    expect(await one.cut(ORDER, "finish")).toMatchObject({ kind: "kept here" });
    state.replies = true;
    await until("the other has it", () => two.cuts().has(V2));
    expect(await two.restore(ORDER)).toMatchObject({ kind: "restored" });
    expect(await one.restore(ORDER)).toEqual({ kind: "not cut" });
    expect([...one.cuts().keys(), ...two.cuts().keys()]).toEqual([]);
  });
});

describe("a store that has lost its data", () => {
  it("gets the cuts back from whoever knows them", async () => {
    const copy = cutsCopy(join(folder(), "snapshot.json.cuts"), memoryLog());
    const first = await started(memoryCuts(), { copy });
    await first.cut(ORDER, "finish");
    await first.stop();
    const empty = memoryCuts();
    const [second, other] = [await started(empty, { copy }), await started(empty)];
    expect([...second.cuts().keys()]).toEqual([V2]);
    await until("another replica has it", () => other.cuts().has(V2));
  });

  it("does not get back a cut that was restored meanwhile", async () => {
    const place = folder();
    const copies = ["one", "two"].map((name) => cutsCopy(join(place, name), memoryLog()));
    const store = memoryCuts();
    const one = await started(store, { copy: copies[0] });
    const two = await started(store, { copy: copies[1] });
    await one.cut(ORDER, "finish");
    await until("both have it", () => two.cuts().has(V2));
    await one.stop(); // and misses the restoration
    await two.restore({ ...ORDER, why: "fixed" });
    await two.stop();
    const empty = memoryCuts();
    const again = await started(empty, { copy: copies[0] });
    const more = await started(empty, { copy: copies[1] });
    await until("it is restored on both", () => again.cuts().size === 0 && more.cuts().size === 0);
  });
});

describe("a restart", () => {
  it("does not lift a cut in a file", async () => {
    const path = join(folder(), "rules.yaml.cuts");
    await (await started(fileCuts(path, memoryJournal(), memoryLog()))).cut(ORDER, "finish");
    const live = await started(fileCuts(path, memoryJournal(), memoryLog()));
    expect([...live.cuts().keys()]).toEqual([V2]);
    expect(live.records()).toMatchObject([{ by: "ann", why: "too slow" }]);
  });

  it("does not lift a cut that the store has never got", async () => {
    const copy = cutsCopy(join(folder(), "snapshot.json.cuts"), memoryLog());
    const { store, state } = flaky();
    state.up = false;
    const first = await started(store, { copy });
    await first.cut(ORDER, "finish");
    await first.stop();
    const second = await started(store, { copy });
    expect([...second.cuts().keys()]).toEqual([V2]);
    state.up = true;
    await until("the store has it", () => second.records().every(({ epoch }) => epoch > 0));
  });

  it("keeps the cut in memory where the file cannot be written, and says so", async () => {
    const live = await started(
      fileCuts(join(folder(), "no such folder", "rules.yaml.cuts"), memoryJournal(), memoryLog()),
    );
    const fleeting = expect.stringContaining("cannot be written");
    expect(await live.cut(ORDER, "finish")).toMatchObject({ kind: "stored", fleeting });
    expect(await live.restore(ORDER)).toMatchObject({ kind: "restored" });
  });

  it("keeps a cut here when the file makes no sense, and does not overwrite what may have been a cut", async () => {
    const path = join(folder(), "rules.yaml.cuts");
    writeFileSync(path, "{");
    const live = await started(fileCuts(path, memoryJournal(), memoryLog()));
    expect(await live.cut(ORDER, "finish")).toMatchObject({ kind: "kept here", why: expect.stringContaining(path) });
    expect([...live.cuts().keys()]).toEqual([V2]);
  });
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  it("takes a cut that somebody puts there by hand, once, and lets it be restored", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const open = () => {
      const store = redisCuts({ url: redis.url });
      onTestFinished(() => store.close());
      return started(store);
    };
    const [one, two] = [await open(), await open()];
    for (const _ of [1, 2]) {
      redis.cli(["HSET", "{canary}:cuts", '["chat","v2"]', "cut"]);
      await until("both have it", () => one.cuts().has(V2) && two.cuts().has(V2));
      expect(await one.restore({ ...ORDER, why: "fixed" })).toMatchObject({ kind: "restored" });
      await until("both have lifted it", () => one.cuts().size === 0 && two.cuts().size === 0);
    }
  });

  it("takes the cut of a slice that somebody puts there by hand", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const store = redisCuts({ url: redis.url });
    onTestFinished(() => store.close());
    const live = await started(store);
    redis.cli(["HSET", "{canary}:cuts", '["chat","v2",null,"image"]', "cut"]);
    await until("it is in force", () => live.cuts().has(V2));
    expect(live.cuts().get(V2)).toEqual([{ rule: undefined, modality: "image" }]);
  });

  it("gives Redis the cuts and restorations back when it restarts empty, and numbers what follows higher", async () => {
    const redis = await startRedis("--appendonly", "no", "--save", "");
    onTestFinished(() => redis.remove());
    const open = () => {
      const store = redisCuts({ url: redis.url });
      onTestFinished(() => store.close());
      return started(store);
    };
    const [one, other] = [await open(), await open()];
    await one.cut(ORDER, "finish");
    await one.cut({ ...ORDER, version: "v3" }, "finish");
    await one.restore({ ...ORDER, version: "v3" });
    await until("both know", () => other.epoch() === one.epoch());
    const before = one.epoch();
    await redis.kill();
    await redis.start();
    expect(redis.cli(["DBSIZE"])).toBe("0");
    await until("Redis has them", () => redis.cli(["HLEN", "{canary}:cuts"]) === "2");
    const two = await open();
    expect([...two.cuts().keys()]).toEqual([V2]);
    expect([...one.cuts().keys(), ...other.cuts().keys()]).toEqual([V2, V2]);
    const result = await two.cut({ ...ORDER, version: "v4" }, "finish");
    expect(result.kind === "stored" && result.epoch).toBeGreaterThan(before);
    await until("all are up to date", () => [one, other].every((live) => live.epoch() === two.epoch()));
  });

  it.each([
    ["no", false, /appendonly is off/],
    ["no", true, undefined],
    ["yes", false, undefined],
  ])("knows whether cuts could be lost: appendonly %s, a copy on the disk: %s", async (appendonly, hasCopy, why) => {
    const redis = await startRedis("--appendonly", appendonly);
    onTestFinished(() => redis.remove());
    const store = redisCuts({ url: redis.url });
    onTestFinished(() => store.close());
    const log = memoryLog();
    const copy = hasCopy ? cutsCopy(join(folder(), "snapshot.json.cuts"), log) : undefined;
    const live = await started(store, { log, copy });
    await live.cut(ORDER, "finish");
    const warnings = log.lines.filter(({ message }) => message.startsWith("cuts can be lost"));
    if (why === undefined) expect([live.fleeting(), warnings]).toEqual([undefined, []]);
    else expect([live.fleeting(), warnings]).toEqual([expect.stringMatching(why), [expect.anything()]]);
  });
});
