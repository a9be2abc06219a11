import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileStore } from "../../src/store/file.ts";
import type { RulesStore } from "../../src/store/port.ts";
import { type MemoryLog, memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";

const edit = (text: string, expected: number | "any" = "any") => ({ text, expected, author: "ann", message: "why" });

describe("rules in a file", () => {
  let folder: string;
  let path: string;
  let log: MemoryLog;
  let opened: RulesStore[];
  const open = (at = path): RulesStore => {
    const store = fileStore(at, log);
    opened.push(store);
    return store;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-file-"));
    path = join(folder, "rules.yaml");
    log = memoryLog();
    opened = [];
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    rmSync(folder, { recursive: true });
  });

  /** The text that the store shows at the first hint that comes after `change`. */
  async function textAfter(change: () => void, at = path): Promise<string | undefined> {
    const store = open(at);
    let hinted = false;
    store.watch(() => {
      hinted = true;
    });
    change();
    await until("a hint comes", () => hinted, 2000);
    const found = await store.read();
    return found.kind === "rules" ? found.text : undefined;
  }

  it("hints at an editor that writes in place", async () => {
    writeFileSync(path, "old");
    expect(await textAfter(() => writeFileSync(path, "new"))).toBe("new");
  });

  it("hints at an editor that renames another file over it", async () => {
    writeFileSync(path, "old");
    const change = () => {
      writeFileSync(join(folder, "draft"), "new");
      renameSync(join(folder, "draft"), path);
    };
    expect(await textAfter(change)).toBe("new");
  });

  it("hints when a ConfigMap swaps the link to its data", async () => {
    for (const version of ["..1", "..2"]) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "rules.yaml"), version);
    }
    symlinkSync("..1", join(folder, "..data"));
    symlinkSync("..data/rules.yaml", path);
    const swap = () => {
      symlinkSync("..2", join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    expect(await textAfter(swap)).toBe("..2");
  });

  it("goes on with the revision after a restart", async () => {
    await open().write(edit("one"));
    await open().write(edit("two"));
    expect(await open().read()).toMatchObject({ kind: "rules", text: "two", revision: 2, foreign: false });
  });

  it("goes on with the history after a restart, without lines that make no sense", async () => {
    await open().write(edit("one"));
    await open().write(edit("two"));
    appendFileSync(`${path}.history`, 'garbage\n{"revision":3}\n{"revi');
    expect(await open().history(10)).toMatchObject({ entries: [{ revision: 2 }, { revision: 1 }] });
    expect(log.said("warn")).toHaveLength(1);
    await open().write(edit("three"));
    expect(readFileSync(`${path}.history`, "utf8").trim().split("\n")).toHaveLength(3);
  });

  it("leaves nothing behind but the rules and their revision", async () => {
    await open().write(edit("one"));
    expect(readdirSync(folder).sort()).toEqual(["rules.yaml", "rules.yaml.history", "rules.yaml.revision"]);
  });

  it("counts in memory, and says so once, when the revision cannot be kept beside the file", async () => {
    mkdirSync(`${path}.revision`);
    writeFileSync(path, "by hand");
    const store = open();
    expect(await store.adopt("by hand")).toEqual({ kind: "written", revision: 1 });
    expect(await store.read()).toMatchObject({ revision: 1, foreign: false });
    expect(await store.write(edit("two", 1))).toEqual({ kind: "written", revision: 2 });
    expect(log.said("warn")).toHaveLength(1);
    expect(log.lines[0]?.fields).toMatchObject({ file: `${path}.revision` });
  });

  it("calls the text foreign when what is beside it makes no sense", async () => {
    await open().write(edit("one"));
    for (const garbage of ["", "{", '{"revision":-1,"digest":""}', "[]"]) {
      writeFileSync(`${path}.revision`, garbage);
      expect(await open().read()).toMatchObject({ kind: "rules", text: "one", revision: 0, foreign: true });
    }
  });

  it("keeps the old rules when the new ones cannot be written", async () => {
    mkdirSync(join(folder, "is-a-folder"));
    const store = open(join(folder, "is-a-folder"));
    expect(await store.write(edit("one"))).toMatchObject({ kind: "unavailable" });
    expect(readdirSync(folder)).toEqual(["is-a-folder"]);
  });

  it("keeps a link and the mode of what it points to", async () => {
    writeFileSync(join(folder, "real.yaml"), "old");
    chmodSync(join(folder, "real.yaml"), 0o640);
    symlinkSync("real.yaml", path);
    await open().write(edit("new"));
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "real.yaml"), "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it("is empty where there is no folder, cannot be written, and goes unwatched", async () => {
    const store = open(join(folder, "none", "rules.yaml"));
    store.watch(() => undefined);
    expect(log.said("warn")).toHaveLength(1);
    expect(await store.read()).toEqual({ kind: "empty" });
    expect(await store.write(edit("one"))).toEqual({ kind: "unavailable", why: expect.stringContaining("ENOENT") });
  });

  it("is unavailable, with the reason, where the file is no text", async () => {
    const why = async () => {
      const found = await open().read();
      return found.kind === "unavailable" ? found.why : found.kind;
    };
    writeFileSync(path, Buffer.from([0xff, 0xfe]));
    expect(await why()).toMatch(/is not UTF-8/);
    truncateSync(path, 17 * 1024 * 1024);
    expect(await why()).toMatch(/at most 16777216/);
    rmSync(path);
    mkdirSync(path);
    expect(await why()).toMatch(/is not a file/);
  });

  it("replaces what cannot be read when the editor overwrites whatever is there", async () => {
    writeFileSync(path, Buffer.from([0xff, 0xfe]));
    expect(await open().write(edit("one", 0))).toMatchObject({ kind: "unavailable" });
    expect(await open().write(edit("one"))).toEqual({ kind: "written", revision: 1 });
  });
});
