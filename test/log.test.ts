import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createLog, type LogLevel } from "../src/log.ts";

function logged(format: "json" | "text", level: LogLevel = "info") {
  const lines: string[] = [];
  const log = createLog({ level, format, write: (line) => lines.push(line), now: () => new Date(0) });
  return { log, lines };
}

describe("the log", () => {
  it("writes one JSON object a line, whatever the message has in it", () => {
    const { log, lines } = logged("json");
    log.warn("two\nlines", { route: "chat", revision: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "1970-01-01T00:00:00.000Z",
      level: "warn",
      message: "two\nlines",
      route: "chat",
      revision: 3,
    });
  });

  it("is readable at a terminal", () => {
    const { log, lines } = logged("text");
    log.error("the store is gone", { why: "ECONNREFUSED", revision: 3 });
    expect(lines).toEqual(["00:00:00.000 ERROR the store is gone why=ECONNREFUSED revision=3\n"]);
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = logged("text", "warn");
    log.info("one");
    log.warn("two");
    expect(lines).toHaveLength(1);
  });

  it.each(["json", "text"] as const)("never shows the credentials of a URL (%s)", (format) => {
    const { log, lines } = logged(format);
    log.info("using redis://ann:s3cret@redis:6379", {
      error: new Error("bad URL rediss://:s3c/ret@r"),
      list: ["http://s3cret@x"],
    });
    expect(lines.join("")).not.toMatch(/s3c/);
    expect(lines.join("")).toContain("redis:6379");
  });

  it("keeps a field from passing for the log's own", () => {
    const { log, lines } = logged("json");
    log.info("truth", { level: "error", message: "lie" });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "info", message: "truth" });
  });

  it("survives fields that cannot be written down", () => {
    const { log, lines } = logged("json");
    const circle: { self?: unknown } = {};
    circle.self = circle;
    log.info("odd", { circle });
    log.info("big", { n: 1n });
    expect(lines).toHaveLength(2);
  });
});

describe("the log of a process", () => {
  const source = `import { stderrLog } from ${JSON.stringify(resolve("dist/log.js"))};
    const log = stderrLog("info");
    for (let i = 0; i < Number(process.argv[1]); i++) log.info("line " + i);
    console.log("written");
    if (process.argv[2] === "exit") process.exit(0);`;
  const run = (...args: string[]) => spawn(process.execPath, ["--input-type=module", "-e", source, ...args]);

  it("has written every line when the process exits", async () => {
    const lines = (await text(run("500", "exit").stderr)).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(Array.from({ length: 500 }, (_, i) => `line ${i}`));
  });

  it("does not wait for a reader that does not read", async () => {
    const child = run("20000");
    const [out] = await once(child.stdout, "data");
    expect(String(out)).toBe("written\n");
    child.kill("SIGKILL");
  });
});
