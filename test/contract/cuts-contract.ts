import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CutChange, CutChanged, CutRecord, CutsStore } from "../../src/store/cuts-port.ts";
import { until } from "../kit/until.ts";

/** Somewhere cuts can live, empty at first. */
export interface CutsPlace {
  /** What one replica sees of it. The contract closes it. */
  open(): CutsStore;
  remove(): void;
}

/** What every store of cuts promises, whatever it is made of. */
export function cutsContract(name: string, makePlace: () => CutsPlace): void {
  describe(`${name} cuts`, () => {
    let place: CutsPlace;
    let opened: CutsStore[];
    let store: CutsStore;

    const open = (): CutsStore => {
      const another = place.open();
      opened.push(another);
      return another;
    };
    beforeEach(() => {
      place = makePlace();
      opened = [];
      store = open();
    });
    afterEach(async () => {
      for (const one of opened) await one.close();
      place.remove();
    });

    it("has none at first", async () => {
      expect(await store.read()).toMatchObject({ kind: "cuts", records: [], epoch: 0, foreign: [] });
    });

    it("gives back what was decided, numbered and dated, to whoever reads", async () => {
      const change = { ...cut("a"), why: 'slow — "twice"\n日本語 🐤', inFlight: "abort" } as const;
      const record = changed(await store.change(change, 0));
      expect(record).toEqual({ ...change, at: expect.any(Number), epoch: expect.any(Number) });
      expect(Math.abs(record.at - Date.now())).toBeLessThan(2000);
      const found = await open().read();
      expect(found).toMatchObject({ kind: "cuts", records: [record], epoch: record.epoch });
      expect(found.kind === "cuts" && Math.abs(found.now - Date.now())).toBeLessThan(2000);
    });

    it("keeps one decision for each version of each route", async () => {
      await store.change(cut("a", "chat", "v2"), 0);
      await store.change(cut("b", "chat", "v3"), 0);
      await store.change(cut("c", "images", "v2"), 0);
      await store.change(cut("d", "chat", "v2"), 0);
      expect((await records(store)).map(({ id }) => id).sort()).toEqual(["b", "c", "d"]);
    });

    it("keeps slices apart from their version and from each other", async () => {
      const slices = [
        {},
        { rule: "staff" },
        { modality: "staff" },
        { rule: "staff", modality: "image" },
        { rule: "sta", modality: "ffimage" },
      ];
      for (const slice of slices) await store.change({ ...cut(JSON.stringify(slice)), ...slice }, 0);
      expect((await records(store)).map(({ id }) => id).sort()).toEqual(
        slices.map((one) => JSON.stringify(one)).sort(),
      );
      const whole = await store.change(restore("z", "{}"), 0);
      expect(changed(whole)).not.toHaveProperty("rule");
      expect((await records(store)).filter(({ state }) => state === "cut")).toHaveLength(4);
    });

    it("keeps versions apart whose names run together", async () => {
      for (const [route, version] of [
        ["a", "b:c"],
        ["a:b", "c"],
        ['a","b', "c"],
        ["a\u0000b", "c"],
      ] as const) {
        await store.change(cut(`${route} ${version}`, route, version), 0);
      }
      expect(await records(store)).toHaveLength(4);
    });

    it("numbers each decision above all before it, and above what the asker knows", async () => {
      const first = changed(await store.change(cut("a"), 0));
      const second = changed(await store.change(cut("b"), 0));
      expect(second.epoch).toBeGreaterThan(first.epoch);
      const future = second.epoch + 1_000_000_000;
      const third = changed(await store.change(cut("c"), future));
      expect(third.epoch).toBeGreaterThan(future);
      expect(await store.change(cut("d"), 0)).toMatchObject({ kind: "changed", previous: third.epoch });
    });

    it("keeps a restoration, which names the cut that it takes back", async () => {
      await store.change(cut("a"), 0);
      changed(await store.change(restore("b", "a"), 0));
      expect(await records(store)).toMatchObject([{ id: "b", state: "restored", undoes: "a" }]);
    });

    it("does not restore a cut that the person has not seen", async () => {
      await store.change(cut("a"), 0);
      await store.change(cut("again"), 0);
      expect(await store.change(restore("b", "a"), 0)).toMatchObject({ kind: "conflict", record: { id: "again" } });
      expect(await records(store)).toMatchObject([{ id: "again", state: "cut" }]);
    });

    it("takes a decision once, however often it is told", async () => {
      const record = changed(await store.change(cut("a"), 0));
      expect(await store.change(cut("a"), 0)).toEqual({ kind: "settled", record });
      const restored = changed(await store.change(restore("b", "a"), 0));
      expect(await store.change(cut("a"), 0)).toEqual({ kind: "settled", record: restored });
      expect(await records(store)).toMatchObject([{ state: "restored" }]);
    });

    it("loses none of 40 decisions at once, and gives no number twice", async () => {
      const stores = [store, open(), open()];
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (stores[i % 3] ?? store).change(cut(`${i}`, "chat", `v${i}`), 0)),
      );
      expect(new Set(results.map((result) => changed(result).epoch)).size).toBe(40);
      expect(await records(store)).toHaveLength(40);
    });

    it("takes back what it has lost, with its numbers, and goes on above them", async () => {
      const lost: CutRecord = { ...cut("a"), at: 5, epoch: 9_000_000_000_000 };
      expect(await store.giveBack([lost])).toEqual({ kind: "done" });
      expect(await store.read()).toMatchObject({ records: [lost], epoch: lost.epoch });
      expect(changed(await store.change(cut("b"), 0)).epoch).toBeGreaterThan(lost.epoch);
    });

    it("keeps the newer when something older is given back", async () => {
      const old = changed(await store.change(cut("a"), 0));
      const restored = changed(await store.change(restore("b", "a"), 0));
      await store.giveBack([old]);
      expect(await records(store)).toEqual([restored]);
    });

    it("holds the cut where a cut and a restoration have one number", async () => {
      const at = { at: 5, epoch: 7 };
      await store.giveBack([{ ...restore("b", "a"), ...at }]);
      await store.giveBack([{ ...cut("c"), ...at }]);
      await store.giveBack([{ ...restore("b", "a"), ...at }]);
      expect(await records(store)).toMatchObject([{ id: "c" }]);
    });

    it("tells a decision at once, with all that is needed to apply it", async () => {
      const heard: { record: CutRecord; previous: number; age: number | undefined }[] = [];
      const reader = open();
      let ready = 0;
      reader.watch({
        told: (record, previous, age) => void heard.push({ record, previous, age }),
        missed: () => void ready++,
      });
      await reader.read();
      let i = 0;
      await until("it is told", async () => {
        await store.change(cut(`${i++}`), 0);
        return heard.length > 1;
      });
      const [first, second] = heard;
      expect(second?.previous).toBe(first?.record.epoch);
      expect(second?.record).toMatchObject({ route: "chat", version: "v2", state: "cut", by: "ann" });
      expect(second?.age).toBeGreaterThanOrEqual(0);
      expect(second?.age).toBeLessThan(1000);
    });
  });
}

function cut(id: string, route = "chat", version = "v2"): CutChange {
  return { id, route, version, state: "cut", by: "ann", why: "too slow", inFlight: "finish" };
}

function restore(id: string, undoes: string): CutChange {
  return { ...cut(id), state: "restored", undoes };
}

function changed(result: CutChanged): CutRecord {
  if (result.kind !== "changed") throw new Error(`not changed: ${JSON.stringify(result)}`);
  return result.record;
}

async function records(store: CutsStore): Promise<readonly CutRecord[]> {
  const found = await store.read();
  if (found.kind !== "cuts") throw new Error(found.why);
  return found.records;
}
