import { afterEach, describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { followRules, type LiveRules, type LiveRulesOptions } from "../../src/store/live-rules.ts";
import { type MemoryStore, memoryStore } from "../../src/store/memory.ts";
import type { RulesStore } from "../../src/store/port.ts";
import type { Snapshot, SnapshotRules } from "../../src/store/snapshot.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";

const rules = (share: number): string => `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: "1", endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: "2", endpoints: ["http://127.0.0.1:2"] }
    override: true
    rules: [{ name: everyone, candidate: ${share}% }]
`;
const INVALID = "version: 1\nroutes: 7\n";
const edit = (text: string, expected: number | "any" = "any") => ({ text, expected, author: "ann", message: "why" });

/** A memory store that can be away, and that counts. */
class FlakyStore implements RulesStore {
  readonly inner: MemoryStore = memoryStore();
  away = false;
  empty = false;
  reads = 0;
  reading = 0;
  mostReading = 0;
  adoptions = 0;

  async read() {
    this.reads++;
    this.mostReading = Math.max(this.mostReading, ++this.reading);
    const found = await this.inner.read();
    await new Promise(setImmediate); // the answer is on its way, and may be old when it arrives
    this.reading--;
    if (this.away) return { kind: "unavailable", why: "it is away" } as const;
    return this.empty ? ({ kind: "empty" } as const) : found;
  }
  async write(written: Parameters<RulesStore["write"]>[0]) {
    return this.away ? ({ kind: "unavailable", why: "it is away" } as const) : this.inner.write(written);
  }
  async adopt(text: string) {
    this.adoptions++;
    return this.inner.adopt(text);
  }
  history(most: number) {
    return this.inner.history(most);
  }
  past(revision: number) {
    return this.inner.past(revision);
  }
  watch(changed: () => void) {
    this.inner.watch(changed);
  }
  close() {
    return this.inner.close();
  }
}

function memorySnapshot(kept?: SnapshotRules): Snapshot & { kept: SnapshotRules | undefined } {
  return {
    kept,
    async load() {
      return this.kept;
    },
    async save({ text, revision }) {
      this.kept = { text, revision };
    },
  };
}

describe("live rules", () => {
  const running: LiveRules[] = [];
  afterEach(async () => {
    for (const live of running.splice(0)) await live.stop();
  });

  function follow(store: RulesStore, more: Partial<LiveRulesOptions> = {}) {
    const log = memoryLog();
    const told = { applied: [] as number[], rejected: 0, store: [] as (boolean | string)[] };
    const live = followRules({
      store,
      read: readRules,
      log,
      pollMs: 20,
      onApplied: (revision) => told.applied.push(revision),
      onRejected: () => told.rejected++,
      onStore: (up, why) => told.store.push(up || (why ?? "")),
      ...more,
    });
    running.push(live);
    return { live, log, told };
  }
  const shares = (live: LiveRules) =>
    live.current()?.table.routes.flatMap((route) => route.rules.map(({ slices }) => (slices[0]?.to ?? 0) / 100));
  /** Until the store has been read from start to end once more. */
  const read = async (store: FlakyStore, times = 2): Promise<void> => {
    const seen = store.reads;
    await until("the store is read again", () => store.reads >= seen + times);
  };

  it("takes the rules of the store at the start", async () => {
    const store = memoryStore();
    await store.write(edit(rules(5)));
    const { live, told } = follow(store);
    expect(live.current()).toBeUndefined();
    await live.started;
    expect(live.current()).toMatchObject({ revision: 1, text: rules(5), from: "store", table: { revision: 1 } });
    expect(live.current()?.cuts.size).toBe(0);
    expect(told).toEqual({ applied: [1], rejected: 0, store: [true] });
  });

  it("takes an edit of another replica at the hint, long before the poll", async () => {
    const store = memoryStore();
    await store.write(edit(rules(5)));
    const { live } = follow(store, { pollMs: 3_600_000 });
    await live.started;
    await store.write(edit(rules(10)));
    await until("the edit is in force", () => live.current()?.revision === 2, 1000);
    expect(shares(live)).toEqual([10]);
  });

  it("takes an edit at the poll when no hint comes", async () => {
    const store = new FlakyStore();
    store.watch = () => undefined;
    const { live } = follow(store);
    await live.started;
    await store.inner.write(edit(rules(10)));
    await until("the edit is in force", () => live.current()?.revision === 1, 1000);
  });

  it("never reads twice at a time, however many hints come", async () => {
    const store = new FlakyStore();
    let hint = (): void => undefined;
    store.watch = (changed) => {
      hint = changed;
    };
    const { live } = follow(store, { pollMs: 3_600_000 });
    await live.started;
    store.reads = 0;
    for (let i = 0; i < 1000; i++) hint();
    await until("the hints are followed", () => store.reads > 0 && store.reading === 0);
    await live.stop();
    expect(store.mostReading).toBe(1);
    expect(store.reads).toBeLessThanOrEqual(2); // one for the first hint, one for all that came meanwhile
  });

  it("keeps the last good rules when the store's are invalid, and says so once for each text", async () => {
    const store = new FlakyStore();
    await store.inner.write(edit(rules(5)));
    const { live, told, log } = follow(store);
    await live.started;
    store.inner.put(INVALID);
    await read(store, 4);
    expect(live.current()).toMatchObject({ revision: 1, text: rules(5) });
    expect(told.rejected).toBe(1);
    expect(log.said("error")).toEqual(["the store holds rules that are refused"]);
    expect(live.refused()?.[0]?.line).toBe(2);

    store.inner.put(`${INVALID}# still wrong\n`);
    await until("the other text is told", () => told.rejected === 2);
    expect(store.adoptions).toBe(0);

    store.inner.put(rules(20));
    await until("good rules come", () => live.current()?.revision === 2);
    expect(live.refused()).toBeUndefined();
  });

  it("gives valid foreign text a revision before it comes into force, once for many replicas", async () => {
    const store = memoryStore();
    await store.write(edit(rules(5)));
    const replicas = [1, 2, 3].map(() => follow(store).live);
    await Promise.all(replicas.map(({ started }) => started));
    store.put(rules(30));
    await until("all have it", () => replicas.every((live) => live.current()?.revision === 2));
    expect(replicas.map(shares)).toEqual([[30], [30], [30]]);
    expect(await store.read()).toMatchObject({ revision: 2, foreign: false });
  });

  it("keeps the last good rules while the store is away, and takes its rules when it is back", async () => {
    const store = new FlakyStore();
    await store.inner.write(edit(rules(5)));
    const { live, told } = follow(store);
    await live.started;
    store.away = true;
    await read(store, 3);
    expect(live.current()?.revision).toBe(1);
    expect(live.storeState()).toEqual({ up: false, why: "it is away" });
    await store.inner.write(edit(rules(10)));
    store.away = false;
    await until("the new rules are in force", () => live.current()?.revision === 2);
    expect(told).toEqual({ applied: [1, 2], rejected: 0, store: [true, "it is away", true] });
  });

  it("keeps the last good rules when they vanish from the store, and says so once", async () => {
    const store = new FlakyStore();
    await store.inner.write(edit(rules(5)));
    const { live, log } = follow(store);
    await live.started;
    store.empty = true;
    await read(store, 4);
    expect(live.current()?.revision).toBe(1);
    expect(log.said("error")).toEqual(["the rules have vanished from the store; the last good ones stay"]);
  });

  it("starts from the snapshot when the store is away", async () => {
    const store = new FlakyStore();
    store.away = true;
    const { live, told } = follow(store, {
      snapshot: memorySnapshot({ text: rules(7), revision: 41 }),
      lastResort: rules(50),
    });
    await live.started;
    expect(live.current()).toMatchObject({ revision: 41, from: "snapshot" });
    expect(shares(live)).toEqual([7]);
    store.away = false;
    await store.inner.write(edit(rules(8)));
    await until("the store's rules are taken", () => live.current()?.from === "store");
    expect(told.applied).toEqual([41, 1]);
  });

  it("starts with stable only when the store is away and there is no snapshot", async () => {
    const store = new FlakyStore();
    store.away = true;
    const { live } = follow(store, { snapshot: memorySnapshot(), lastResort: rules(50) });
    await live.started;
    expect(live.current()).toMatchObject({ revision: 0, from: "last resort" });
    expect(shares(live)).toEqual([0]);
    expect(live.current()?.table.routes[0]?.route.override).toBe(false);
  });

  it("goes on to the last resort when the snapshot is refused", async () => {
    const store = new FlakyStore();
    store.away = true;
    const { live } = follow(store, {
      snapshot: memorySnapshot({ text: INVALID, revision: 41 }),
      lastResort: rules(50),
    });
    await live.started;
    expect(live.current()?.from).toBe("last resort");
  });

  it("starts from the snapshot when the store's rules are invalid or gone", async () => {
    for (const break_ of [(store: FlakyStore) => store.inner.put(INVALID), () => undefined]) {
      const store = new FlakyStore();
      break_(store);
      const { live } = follow(store, { snapshot: memorySnapshot({ text: rules(7), revision: 41 }) });
      await live.started;
      expect(live.current()).toMatchObject({ revision: 41, from: "snapshot" });
    }
  });

  it("has nothing in force while a new store is empty, and takes the first rules that come", async () => {
    const { live, log } = follow(new FlakyStore(), { snapshot: memorySnapshot(), lastResort: rules(50) });
    await live.started;
    expect(live.current()).toBeUndefined();
    expect(log.lines).toEqual([]);
    expect(await live.edit(edit(rules(5), 0))).toEqual({ kind: "written", revision: 1 });
    expect(live.current()?.revision).toBe(1);
  });

  it("keeps a snapshot of what the store said", async () => {
    const store = memoryStore();
    const snapshot = memorySnapshot();
    const { live } = follow(store, { snapshot });
    await live.started;
    await live.edit(edit(rules(5)));
    await live.stop();
    expect(snapshot.kept).toEqual({ text: rules(5), revision: 1 });
  });

  it("has an edit in force before it says that it is written", async () => {
    const { live } = follow(memoryStore());
    await live.started;
    expect(await live.edit(edit(rules(5), 0))).toEqual({ kind: "written", revision: 1 });
    expect(live.current()).toMatchObject({ revision: 1, text: rules(5), table: { revision: 1 } });
  });

  it("does not let a read that began before an edit take the edit back", async () => {
    const store = new FlakyStore();
    await store.inner.write(edit(rules(5)));
    const { live, told } = follow(store);
    await live.started;
    let answer = (): void => undefined;
    const old = await store.inner.read();
    store.read = () => new Promise((resolve) => (answer = () => resolve({ ...old })));
    const idle = answer;
    await until("a read is on its way", () => answer !== idle);
    const edited = live.edit(edit(rules(6), 1));
    await new Promise(setImmediate);
    store.read = () => store.inner.read();
    answer();
    expect(await edited).toEqual({ kind: "written", revision: 2 });
    await live.stop();
    expect(told.applied).toEqual([1, 2]);
  });

  it("refuses an edit that cannot be built, without asking the store", async () => {
    const store = new FlakyStore();
    const { live } = follow(store);
    await live.started;
    const result = await live.edit(edit(INVALID));
    expect(result).toMatchObject({ kind: "refused", errors: [{ line: 2 }] });
    expect(await store.read()).toEqual({ kind: "empty" });
  });

  it("answers an edit with the conflict or the trouble that the store has", async () => {
    const store = new FlakyStore();
    const { live } = follow(store);
    await live.started;
    await live.edit(edit(rules(5)));
    expect(await live.edit(edit(rules(6), 0))).toMatchObject({ kind: "conflict", current: { revision: 1 } });
    store.away = true;
    expect(await live.edit(edit(rules(6)))).toEqual({ kind: "unavailable", why: "it is away" });
    expect(shares(live)).toEqual([5]);
  });

  it("tells how long ago the store confirmed the rules in force", async () => {
    let now = 0;
    const store = new FlakyStore();
    await store.inner.write(edit(rules(5)));
    const { live } = follow(store, { now: () => now });
    await live.started;
    now = 5000;
    await read(store);
    expect(live.ageMs()).toBe(0);
    store.inner.put(INVALID);
    await read(store);
    now = 9000;
    await read(store);
    expect(live.ageMs()).toBe(4000); // the store answers, but with something else than what is in force
  });

  it("goes on when who listens has a defect", async () => {
    const { live, log } = follow(memoryStore(), {
      onApplied: () => {
        throw new Error("a defect");
      },
    });
    await live.started;
    expect(await live.edit(edit(rules(5)))).toMatchObject({ kind: "written" });
    expect(await live.edit(edit(rules(6)))).toMatchObject({ kind: "written", revision: 2 });
    expect(log.said("error")).toEqual(["telling of new rules failed", "telling of new rules failed"]);
  });

  it("reads nothing more once it is stopped", async () => {
    const store = new FlakyStore();
    const { live } = follow(store, { pollMs: 1 });
    await live.started;
    await live.stop();
    const { reads } = store;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.reads).toBe(reads);
  });
});
