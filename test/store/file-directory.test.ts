import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Directory } from "../../src/store/directory.ts";
import { fileDirectory } from "../../src/store/file-directory.ts";
import { type MemoryLog, memoryLog } from "../kit/memory-log.ts";

describe("a directory in a file", () => {
  let folder: string;
  let path: string;
  let log: MemoryLog;
  let directory: Directory;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-directory-"));
    path = join(folder, "customers.yaml");
    log = memoryLog();
    directory = fileDirectory(path, log);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const premium = { kind: "found", values: ["premium"] };

  it("is unavailable while there is no file, and found when there is one", async () => {
    expect(await directory.types(["a"])).toMatchObject({ kind: "unavailable", why: expect.stringContaining(path) });
    writeFileSync(path, "customers: { a: premium }\n");
    expect(await directory.types(["a"])).toEqual(premium);
  });

  it("sees a file that was put in its place", async () => {
    writeFileSync(path, "customers: { a: standard }\n");
    await directory.types(["a"]);
    writeFileSync(`${path}.new`, "customers: { a: premium }\n");
    renameSync(`${path}.new`, path);
    expect(await directory.types(["a"])).toEqual(premium);
  });

  it("may be empty", async () => {
    writeFileSync(path, "# nobody yet\n");
    expect(await directory.types(["a"])).toEqual({ kind: "found", values: [undefined] });
  });

  it.each([
    ["no YAML", "customers: {\n  a: [\n"],
    ["an unknown section", "customer: { a: b }\n"],
    ["a list", "- a\n"],
    ["a type that is a list", "customers: { a: [b] }\n"],
    ["a key instead of its SHA-256", "apiKeys: { sk-secret-1: a }\n"],
    ["more than 256 KiB", `customers: { a: ${"b".repeat(256 * 1024)} }\n`],
    ["aliases of aliases", `a: &a [x,x]\n${"bcdefghi".replace(/./g, (c) => `${c}: &${c} [${"*a,".repeat(9)}]\n`)}`],
  ])("keeps the last good content, says so once, and quotes nothing, when it has %s", async (_, text) => {
    writeFileSync(path, "customers: { a: premium }\n");
    await directory.types(["a"]);
    writeFileSync(path, text);
    expect(await directory.types(["a"])).toEqual(premium);
    expect(await directory.types(["a"])).toEqual(premium);
    expect(log.said("warn")).toEqual(["the directory of customers has mistakes, the last good one is used on"]);
    expect(JSON.stringify(log.lines)).not.toContain("sk-secret");
  });

  it("does not quote a key either that was written into the first content", async () => {
    writeFileSync(path, "apiKeys: { sk-secret-1: a }\n");
    const answer = await directory.owners(["0".repeat(64)]);
    expect(answer).toMatchObject({ kind: "unavailable", why: expect.stringContaining("SHA-256") });
    expect(JSON.stringify(answer)).not.toContain("sk-secret");
  });

  it("takes digests in capitals too", async () => {
    writeFileSync(path, `apiKeys: { ${"AB".repeat(32)}: acme }\n`);
    expect(await directory.owners(["ab".repeat(32)])).toEqual({ kind: "found", values: [{ customer: "acme" }] });
  });
});
