import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { fileCuts } from "../../src/store/cuts-file.ts";
import { memoryCuts } from "../../src/store/cuts-memory.ts";
import type { CutChange, CutsStore } from "../../src/store/cuts-port.ts";
import { redisCuts } from "../../src/store/cuts-redis.ts";
import { JOURNAL_LENGTH, type Journal, type JournalEntry } from "../../src/store/journal.ts";
import { fileJournal } from "../../src/store/journal-file.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { redisJournal } from "../../src/store/journal-redis.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";

interface Place {
  journal(): Journal;
  cuts(journal: Journal): CutsStore;
}

const ENTRY: JournalEntry = {
  at: 1,
  by: "ann",
  what: "ramp paused",
  route: "chat",
  rule: "all",
  why: 'so — "so"\n日本',
};
const CUT: CutChange = {
  id: "a",
  route: "chat",
  version: "v2",
  modality: "image",
  state: "cut",
  by: "guard",
  why: "5 in a row",
  inFlight: "finish",
};

async function entries(journal: Journal, most = 10): Promise<readonly JournalEntry[]> {
  const found = await journal.last(most);
  if (found.kind !== "journal") throw new Error(found.why);
  return found.entries;
}

function journalContract(name: string, makePlace: () => Place, lasts: boolean): void {
  describe(`${name} journal`, () => {
    const open = (place: Place): { journal: Journal; cuts: CutsStore } => {
      const journal = place.journal();
      const cuts = place.cuts(journal);
      onTestFinished(async () => {
        await cuts.close();
        await journal.close();
      });
      return { journal, cuts };
    };

    it("gives back what was noted, the newest first, and no more than asked for", async () => {
      const { journal } = open(makePlace());
      expect(await entries(journal)).toEqual([]);
      for (const at of [1, 2, 3]) await journal.note({ ...ENTRY, at });
      expect(await entries(journal, 2)).toEqual([
        { ...ENTRY, at: 3 },
        { ...ENTRY, at: 2 },
      ]);
    });

    it("has each decision about a cut once", async () => {
      const { journal, cuts } = open(makePlace());
      await cuts.change(CUT, 0);
      await cuts.change(CUT, 0); // told twice
      await cuts.change({ ...CUT, id: "b", state: "restored", undoes: "a", by: "ann", why: "fixed" }, 0);
      const of = { route: "chat", version: "v2", modality: "image", at: expect.any(Number) };
      expect(await entries(journal)).toMatchObject([
        { ...of, what: "restored", by: "ann", why: "fixed" },
        { ...of, what: "cut", by: "guard", why: "5 in a row" },
      ]);
    });

    it.skipIf(!lasts)("outlives who writes it", async () => {
      const place = makePlace();
      await open(place).journal.note(ENTRY);
      expect(await entries(open(place).journal)).toEqual([ENTRY]);
    });

    it("forgets the oldest entries", async () => {
      const { journal } = open(makePlace());
      const many = JOURNAL_LENGTH + 200; // Redis forgets some at a time
      await Promise.all(Array.from({ length: many }, (_, i) => journal.note({ ...ENTRY, at: i })));
      const kept = await entries(journal, many);
      expect(kept.length).toBeLessThanOrEqual(JOURNAL_LENGTH + 100);
      expect(kept[0]?.at).toBe(many - 1);
    }, 30_000);
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "canary-journal-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

journalContract("memory", () => ({ journal: memoryJournal, cuts: memoryCuts }), false);

journalContract(
  "file",
  () => {
    const path = folder();
    return {
      journal: () => fileJournal(join(path, "journal"), memoryLog()),
      cuts: (journal) => fileCuts(join(path, "cuts"), journal, memoryLog()),
    };
  },
  true,
);

describe("file journal", () => {
  it("leaves out lines that make no sense", async () => {
    const path = join(folder(), "journal");
    await fileJournal(path, memoryLog()).note(ENTRY);
    appendFileSync(path, 'nonsense\n{"at":"never"}\n');
    expect(await entries(fileJournal(path, memoryLog()))).toEqual([ENTRY]);
  });

  it("lasts as long as the process where it cannot be written, and says so once", async () => {
    const log = memoryLog();
    const journal = fileJournal(join(folder(), "none", "journal"), log);
    for (const _ of [1, 2]) await journal.note(ENTRY);
    expect(await entries(journal)).toEqual([ENTRY, ENTRY]);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

describe.skipIf(!hasRedis)("with redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  journalContract(
    "redis",
    () => {
      redis.cli(["flushall"]);
      return {
        journal: () => redisJournal({ url: redis.url }, memoryLog()),
        cuts: () => redisCuts({ url: redis.url }),
      };
    },
    true,
  );

  it("keeps no cut from being written when it is broken, and says why it cannot be read", async () => {
    redis.cli(["set", "{canary}:journal", "not a stream"]);
    const [log, cuts] = [memoryLog(), redisCuts({ url: redis.url })];
    const journal = redisJournal({ url: redis.url }, log);
    expect(await cuts.change({ ...CUT, id: "z" }, 0)).toMatchObject({ kind: "changed" });
    expect(await journal.last(1)).toMatchObject({ kind: "unavailable", why: expect.stringContaining("WRONGTYPE") });
    await journal.note(ENTRY);
    expect(log.lines.map(({ level }) => level)).toEqual(["warn"]);
    await Promise.all([cuts.close(), journal.close()]);
  });
});
