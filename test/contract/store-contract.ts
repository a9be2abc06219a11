import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Edit, RulesStore, WriteResult } from "../../src/store/port.ts";
import type { ReplicaBoard } from "../../src/store/replica-board.ts";
import { until } from "../kit/until.ts";

type Store = RulesStore & ReplicaBoard;

/** Somewhere rules can live, empty at first. */
export interface StorePlace {
  /** What one replica sees of it. The contract closes it. */
  open(): Store;
  /** Puts text there past the router. */
  put(text: string): void;
  remove(): void;
}

/** What every store promises, whatever it is made of. */
export function storeContract(name: string, makePlace: () => StorePlace): void {
  describe(`${name} store`, () => {
    let place: StorePlace;
    let opened: Store[];
    let store: Store;

    const open = (): Store => {
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

    it("is empty at first", async () => {
      expect(await store.read()).toEqual({ kind: "empty" });
    });

    it("gives back what was written, with its revision", async () => {
      expect(await store.write(edit("a: 1\n", 0))).toEqual({ kind: "written", revision: 1 });
      expect(await store.read()).toMatchObject({ kind: "rules", text: "a: 1\n", revision: 1, foreign: false });
    });

    it("raises the revision by one with each edit, also when the text stays the same", async () => {
      const results: WriteResult[] = [];
      for (const expected of [0, 1, "any", 3] as const) results.push(await store.write(edit("same", expected)));
      expect(results).toEqual([1, 2, 3, 4].map((revision) => ({ kind: "written", revision })));
    });

    it("answers a conflict with the current text and writes nothing", async () => {
      await store.write(edit("one"));
      await store.write(edit("two"));
      const current = { text: "two", revision: 2, foreign: false };
      for (const stale of [0, 1, 3]) {
        expect(await store.write(edit("three", stale))).toEqual({ kind: "conflict", current });
      }
      expect(await store.read()).toMatchObject({ kind: "rules", ...current });
    });

    it("answers a conflict when the editor saw rules and there are none", async () => {
      expect(await store.write(edit("one", 7))).toEqual({ kind: "conflict", current: undefined });
      expect(await store.read()).toEqual({ kind: "empty" });
    });

    it("accounts for each of 50 writers at once, and gives no revision twice", async () => {
      const stores = [store, open(), open()];
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => stores[i % 3]?.write(edit(`text ${i}`, i % 2 === 0 ? "any" : 0))),
      );
      const revisions = results.flatMap((result) => (result?.kind === "written" ? [result.revision] : []));
      const conflicts = results.filter((result) => result?.kind === "conflict");
      expect(revisions.length + conflicts.length).toBe(50);
      expect(revisions.length).toBeGreaterThanOrEqual(25); // those that overwrite whatever is there
      expect([...revisions].sort((a, b) => a - b)).toEqual(revisions.map((_, i) => i + 1));
      const last = results.findIndex((result) => result?.kind === "written" && result.revision === revisions.length);
      expect(await store.read()).toMatchObject({ text: `text ${last}`, revision: revisions.length });
      // Every accepted edit is in the history under the number that its writer was told, and no other is.
      const past = await Promise.all(revisions.map((revision) => store.past(revision)));
      const accepted = results.flatMap((result, i) => (result?.kind === "written" ? [`text ${i}`] : []));
      expect(past.map((one) => one.kind === "past" && one.text)).toEqual(accepted);
      expect(await store.history(100)).toMatchObject({ entries: { length: revisions.length } });
    });

    it("lets exactly one of 50 writers win that saw the same revision", async () => {
      await store.write(edit("seen by all"));
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.write(edit(`text ${i}`, 1))));
      expect(results.filter(({ kind }) => kind === "written")).toEqual([{ kind: "written", revision: 2 }]);
      expect(results.filter(({ kind }) => kind === "conflict")).toHaveLength(49);
    });

    it("hints at writes", async () => {
      let hints = 0;
      open().watch(() => hints++);
      await until("a hint came", async () => {
        await store.write(edit("new"));
        return hints > 0;
      });
    });

    it("calls text foreign that came past the router", async () => {
      place.put("by hand");
      expect(await store.read()).toMatchObject({ kind: "rules", text: "by hand", revision: 0, foreign: true });
    });

    it("keeps the revision of the text that foreign text replaced", async () => {
      await store.write(edit("one"));
      await store.write(edit("two"));
      place.put("by hand");
      expect(await store.read()).toMatchObject({ kind: "rules", text: "by hand", revision: 2, foreign: true });
    });

    it("gives foreign text the next revision when it is adopted", async () => {
      await store.write(edit("one"));
      place.put("by hand");
      expect(await store.adopt("by hand")).toEqual({ kind: "written", revision: 2 });
      expect(await store.read()).toMatchObject({ kind: "rules", text: "by hand", revision: 2, foreign: false });
    });

    it("gives one revision when many replicas adopt at once", async () => {
      place.put("by hand");
      const replicas = Array.from({ length: 5 }, open);
      const results = await Promise.all(replicas.flatMap((one) => [one.adopt("by hand"), one.adopt("by hand")]));
      expect(results).toEqual(results.map(() => ({ kind: "written", revision: 1 })));
    });

    it("does not adopt text that has been replaced meanwhile", async () => {
      place.put("first");
      place.put("second");
      const current = { text: "second", revision: 0, foreign: true };
      expect(await store.adopt("first")).toEqual({ kind: "conflict", current });
    });

    it("does not overwrite foreign text that the editor has not seen", async () => {
      await store.write(edit("one"));
      place.put("by hand");
      const current = { text: "by hand", revision: 1, foreign: true };
      for (const expected of [0, 1, 2]) {
        expect(await store.write(edit("mine", expected))).toEqual({ kind: "conflict", current });
      }
      expect(await store.write(edit("mine", "any"))).toEqual({ kind: "written", revision: 2 });
    });

    it("does not call it foreign when somebody puts the same text there again", async () => {
      await store.write(edit("one"));
      place.put("one");
      expect(await store.read()).toMatchObject({ revision: 1, foreign: false });
    });

    it("keeps who, when and why of each edit, the newest first, and the text of each", async () => {
      const before = Date.now();
      await store.write({ text: "one", expected: 0, author: "ann", message: "first" });
      await store.write({ text: "two", expected: 1, author: "bob 🐤", message: "" });
      place.put("by hand");
      await store.adopt("by hand");
      const all = await open().history(10);
      expect(all).toMatchObject({
        entries: [
          { revision: 3, message: "written past the router" },
          { revision: 2, author: "bob 🐤", message: "" },
          { revision: 1, author: "ann", message: "first" },
        ],
      });
      for (const { at } of all.kind === "history" ? all.entries : []) {
        expect(at).toBeGreaterThanOrEqual(before - 1000);
        expect(at).toBeLessThanOrEqual(Date.now() + 1000);
      }
      const texts = await Promise.all([1, 2, 3].map((revision) => store.past(revision)));
      expect(texts).toMatchObject(["one", "two", "by hand"].map((text) => ({ kind: "past", text })));
      expect(texts[1]).toMatchObject({ entry: { revision: 2, author: "bob 🐤" } });
    });

    it("knows no text of a revision that has not been", async () => {
      expect(await store.history(10)).toEqual({ kind: "history", entries: [] });
      await store.write(edit("one"));
      for (const revision of [0, 2, -1]) expect(await store.past(revision)).toEqual({ kind: "unknown" });
    });

    it("gives no more of the history than it was asked for, and goes far back", async () => {
      for (let i = 1; i <= 25; i++) await store.write(edit(`text ${i}`));
      const few = await store.history(2);
      expect(few).toMatchObject({ entries: [{ revision: 25 }, { revision: 24 }] });
      expect(few.kind === "history" && few.entries.length).toBe(2);
      expect(await store.history(100)).toMatchObject({ entries: { length: 25 } });
      expect(await store.past(3)).toMatchObject({ text: "text 3" });
    });

    it("has no refused edit in its history", async () => {
      await store.write(edit("one"));
      await store.write(edit("late", 0));
      expect(await store.history(10)).toMatchObject({ entries: { length: 1 } });
    });

    it("forgets the oldest edits when the texts of all would take too much", async () => {
      const large = "x".repeat(12 * 1024 * 1024);
      for (const end of ["1", "2", "3"]) await store.write(edit(large + end));
      const all = await store.history(10);
      expect(all).toMatchObject({ entries: [{ revision: 3 }, { revision: 2 }] });
      expect(await store.past(1)).toEqual({ kind: "unknown" });
      expect(await store.past(2)).toMatchObject({ kind: "past" });
    });

    it("tells of a replica what it says of itself, until it leaves", async () => {
      const own = { id: "a", address: "host:8081", revision: 1, cutEpoch: 0, lag: 3.5, build: "1.0.0" };
      expect(await store.replicas()).toEqual({ kind: "replicas", revision: 0, replicas: [] });
      await store.write(edit("one"));
      expect(await store.beat({ ...own, revision: 0, trouble: "it has just begun" })).toBe(true);
      expect(await store.replicas()).toMatchObject({ replicas: [{ id: "a", trouble: "it has just begun" }] });
      const workers = { wanted: 4, forwarding: 3, ended: 1, lastEnded: "2026-11-24T14:00:00.000Z" };
      await store.beat({ ...own, workers });
      const found = await open().replicas();
      expect(found).toEqual({
        kind: "replicas",
        revision: 1,
        replicas: [{ ...own, workers, heard: expect.any(Number) }],
      });
      const [{ heard = -1 } = {}] = found.kind === "replicas" ? found.replicas : [];
      expect(heard).toBeGreaterThanOrEqual(0);
      expect(heard).toBeLessThan(1000);
      await store.leave("a");
      expect(await store.replicas()).toMatchObject({ replicas: [] });
    });

    it("shows a replica that comes later the text and its revision", async () => {
      await store.write(edit("one"));
      await store.write(edit("two"));
      expect(await open().read()).toMatchObject({ kind: "rules", text: "two", revision: 2, foreign: false });
    });

    it.each([
      ["a text of 1 MiB", "x: 'é'\n".repeat(1 << 17)],
      ["text of many scripts", "名前: 日本語 🐤 \u202e mañana \u0000 \ufeff\r\n\ttab"],
      ["an empty text", ""],
    ])("carries %s unchanged", async (_, text) => {
      await store.write(edit(text));
      expect(await store.read()).toMatchObject({ kind: "rules", text, revision: 1, foreign: false });
      place.put(`${text}#`);
      expect(await store.adopt(`${text}#`)).toEqual({ kind: "written", revision: 2 });
    });
  });
}

function edit(text: string, expected: Edit["expected"] = "any"): Edit {
  return { text, expected, author: "ann", message: "why" };
}
