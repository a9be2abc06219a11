import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { Finished } from "../../src/store/capture-file.ts";
import { type CaptureFilesOptions, captureFiles } from "../../src/store/capture-files.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";

const TODAY = "2026-11-24";

function stage(options: Partial<CaptureFilesOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), "canary-capture-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const clock = { now: new Date(`${TODAY}T14:00:00Z`) };
  const log = memoryLog();
  const folder = join(root, "captured");
  const open = (more: Partial<CaptureFilesOptions> = {}) => {
    const all = {
      folder,
      fileSize: 1_000_000,
      days: 30,
      instance: "a",
      log,
      now: () => clock.now,
      ...options,
      ...more,
    };
    const store = captureFiles(all);
    onTestFinished(() => store.close());
    return store;
  };
  return { root, folder, clock, log, open };
}

function filesOf(folder: string, day = TODAY): string[] {
  return existsSync(join(folder, day)) ? readdirSync(join(folder, day)).sort() : [];
}

/** Lines of all finished files that the manifest names, after having checked their digests. */
function kept(folder: string, day = TODAY): string[] {
  const manifest = readFileSync(join(folder, day, "manifest.jsonl"), "utf8")
    .trim()
    .split("\n");
  return manifest.flatMap((line) => {
    const { file, sha256, bytes, records } = Finished.parse(JSON.parse(line));
    const content = readFileSync(join(folder, day, file));
    expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
    expect(content.length).toBe(bytes);
    const lines = gunzipSync(content).toString().trimEnd().split("\n");
    expect(lines).toHaveLength(records);
    return lines;
  });
}

const line = (n: number) => JSON.stringify({ n });

describe("captured requests in files", () => {
  it("are lines in a compressed file of the day, which the manifest names with its digest", async () => {
    const { folder, open } = stage();
    const store = open();
    await store.write([line(1), line(2)]);
    await store.write([line(3)]);
    await store.close();
    expect(filesOf(folder)).toEqual(["140000-a-1.jsonl.gz", "manifest.jsonl"]);
    expect(kept(folder)).toEqual([line(1), line(2), line(3)]);
  });

  it("begin a new file when one is full, and when the day is over", async () => {
    const { folder, open, clock } = stage({ fileSize: 20 });
    const store = open();
    for (let n = 0; n < 6; n++) await store.write([line(n)]);
    clock.now = new Date("2026-11-25T00:00:01Z");
    await store.write([line(6)]);
    await store.close();
    expect(kept(folder)).toHaveLength(6);
    expect(filesOf(folder).filter((name) => name.endsWith(".gz"))).toHaveLength(2);
    expect(kept(folder, "2026-11-25")).toEqual([line(6)]);
  });

  it("finish the day's file though nothing more comes", async () => {
    const { folder, open, clock } = stage();
    const store = open();
    await store.write([line(1)]);
    clock.now = new Date("2026-11-25T00:00:01Z");
    await store.tend();
    await until("it is finished", () => !filesOf(folder).some((name) => name.endsWith(".part")));
    expect(kept(folder)).toEqual([line(1)]);
  });

  it("are removed when they are over their time, and not before", async () => {
    const { folder, open, clock } = stage({ days: 2 });
    for (const day of ["2026-11-21", "2026-11-22", "2026-11-23", "notes"]) {
      await mkdir(join(folder, day), { recursive: true });
    }
    const store = open();
    await until("the oldest is gone", () => !existsSync(join(folder, "2026-11-21")));
    expect(readdirSync(folder).sort()).toEqual(["2026-11-22", "2026-11-23", "notes"]);
    clock.now = new Date("2026-11-25T12:00:00Z");
    await store.tend();
    expect(readdirSync(folder).sort()).toEqual(["2026-11-23", "notes"]);
  });

  it("of a process that died are finished by another, up to the last whole line", async () => {
    const { folder, open, clock } = stage();
    await mkdir(join(folder, TODAY), { recursive: true });
    const left = join(folder, TODAY, "100000-dead-1.jsonl.part");
    writeFileSync(left, `${line(1)}\n${line(2)}\n{"n":`);
    const recent = join(folder, TODAY, "135900-alive-1.jsonl.part");
    writeFileSync(recent, `${line(9)}\n`);
    const hourAgo = clock.now.getTime() / 1000 - 3600;
    utimesSync(left, hourAgo, hourAgo);
    utimesSync(recent, clock.now, clock.now);
    const [one, other] = [open({ instance: "b" }), open({ instance: "c" })];
    await Promise.all([one.tend(), other.tend()]);
    await Promise.all([one.close(), other.close()]);
    expect(kept(folder)).toEqual([line(1), line(2)]);
    expect(existsSync(recent)).toBe(true);
  });

  it("of a process that died are finished before one that has begun with them closes", async () => {
    const { folder, open, clock } = stage();
    await mkdir(join(folder, TODAY), { recursive: true });
    const left = join(folder, TODAY, "100000-dead-1.jsonl.part");
    writeFileSync(left, `${line(1)}\n`);
    const hourAgo = clock.now.getTime() / 1000 - 3600;
    utimesSync(left, hourAgo, hourAgo);
    await open({ instance: "b" }).close();
    expect(kept(folder)).toEqual([line(1)]);
  });

  it("of a process that lives are its own, however long nothing comes", async () => {
    const { folder, open, clock } = stage();
    const store = open();
    await store.write([line(1)]);
    clock.now = new Date(`${TODAY}T20:00:00Z`);
    await store.tend();
    const other = open({ instance: "b" });
    await other.tend();
    await store.write([line(2)]);
    await store.close();
    expect(kept(folder)).toEqual([line(1), line(2)]);
  });

  it("are told of with the reason where there is no place for them, and kept as soon as there is", async () => {
    const { folder, open } = stage();
    writeFileSync(folder, "not a folder");
    const store = open();
    await expect(store.write([line(1)])).rejects.toThrow(/EEXIST|ENOTDIR/);
    rmSync(folder);
    await store.write([line(2)]);
    await store.close();
    expect(kept(folder)).toEqual([line(2)]);
  });

  it("that could not be finished are finished later", async () => {
    const { folder, open, log } = stage();
    const store = open();
    await store.write([line(1)]);
    const draft = join(folder, TODAY, "140000-a-1.jsonl.gz.tmp");
    await mkdir(draft);
    const [name = ""] = filesOf(folder);
    expect(name).toBe("140000-a-1.jsonl.gz.tmp");
    await store.close();
    expect(log.said("error")).toHaveLength(1);
    rmSync(draft, { recursive: true });
    const again = open();
    await again.tend();
    await again.close();
    expect(kept(folder)).toEqual([line(1)]);
  });
});

/** A disk of 128 KiB; undefined: this machine lets nobody have one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "canary-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", folder]).status === 0;
  onTestFinished(() => {
    if (mounted) spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return mounted ? folder : undefined;
}

it("loses no whole line that was kept, and leaves no half one, when the disk is full", async ({ skip }) => {
  const disk = smallDisk();
  if (disk === undefined) return skip("it takes a tmpfs, and with it root");
  const { open } = stage();
  writeFileSync(join(disk, "ballast"), Buffer.alloc(60_000));
  const store = open({ folder: disk });
  const long = (n: number) => JSON.stringify({ n, text: "x".repeat(3_000) });
  const results = [];
  for (let n = 0; n < 40; n++) results.push(await store.write([long(n)]).catch((error: unknown) => String(error)));
  const reasons = results.filter((one) => one !== undefined);
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) expect(reason).toContain("ENOSPC");
  rmSync(join(disk, "ballast"));
  await store.write([line(99)]);
  await store.close();
  expect(kept(disk)).toEqual([...results.flatMap((one, n) => (one === undefined ? [long(n)] : [])), line(99)]);
});
