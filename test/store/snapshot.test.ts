import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { snapshotFile } from "../../src/store/snapshot.ts";
import { type MemoryLog, memoryLog } from "../kit/memory-log.ts";

describe("the snapshot on disk", () => {
  let folder: string;
  let path: string;
  let log: MemoryLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-snapshot-"));
    path = join(folder, "deep", "snapshot.json");
    log = memoryLog();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("gives a later process what was saved last, in a file that only its owner reads", async () => {
    const snapshot = snapshotFile(path, log);
    await Promise.all([1, 2, 3].map((revision) => snapshot.save({ text: `é ${revision}`, revision })));
    expect(await snapshotFile(path, log).load()).toEqual({ text: "é 3", revision: 3 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, "deep"))).toEqual(["snapshot.json"]);
    expect(log.lines).toEqual([]);
  });

  it("is silently nothing where there is none yet", async () => {
    expect(await snapshotFile(path, log).load()).toBeUndefined();
    expect(log.lines).toEqual([]);
  });

  it("is not used when it is damaged, and says so", async () => {
    const snapshot = snapshotFile(path, log);
    await snapshot.save({ text: "share: 10%", revision: 1 });
    const whole = readFileSync(path, "utf8");
    const damaged = [whole.slice(0, -9), whole.replace("10%", "90%"), "", "null", '{"revision":1}', "\u0000"];
    for (const content of damaged) {
      writeFileSync(path, content);
      expect(await snapshot.load()).toBeUndefined();
    }
    expect(log.said("warn")).toHaveLength(damaged.length);
  });

  it("harms nobody when it cannot be written, and says so", async () => {
    writeFileSync(join(folder, "deep"), "a file where a folder should be");
    await snapshotFile(path, log).save({ text: "one", revision: 1 });
    expect(log.said("warn")).toHaveLength(1);
  });
});
