import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run.ts";

const GOOD = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
`;
let folder = "";
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "canary-cli-"));
  writeFileSync(file("good.yaml"), GOOD);
  writeFileSync(file("bad.yaml"), GOOD.replace("stable:", "stabel:"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("canary-router", () => {
  it("helps", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}serve .*\n(.*\n)* {2}check /m);
  });

  it("helps as README shows it", async () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const shown = /\$ canary-router --help\n([\s\S]*?)```/.exec(readme)?.[1];
    expect((await run(["--help"])).stdout).toBe(shown);
  });

  it("tells its version", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    [[], /Usage/],
    [["serv"], /serv is not a command; did you mean serve\?/],
    [["constructor"], /constructor is not a command/],
    [["check"], /name one file/],
    [["check", "--jsno", "x"], /--jsno/],
    [["serve", "--prxy-port=1"], /--prxy-port/],
  ])("answers %j with exit code 2", async (args, message) => {
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("canary-router check", () => {
  it("finds good rules good", async () => {
    const { code, stdout } = await run(["check", file("good.yaml")]);
    expect(stdout).toBe(`${file("good.yaml")}: good\n`);
    expect(code).toBe(0);
  });

  it("prints where mistakes are in a form that editors understand", async () => {
    const { code, stdout } = await run(["check", file("bad.yaml")]);
    expect(code).toBe(1);
    for (const line of stdout.trim().split("\n")) expect(line).toMatch(/^.*bad\.yaml:\d+:\d+: \S+: .+$/);
  });

  it("prints JSON for scripts", async () => {
    const good = await run(["check", "--json", file("good.yaml")]);
    expect(JSON.parse(good.stdout)).toEqual({ errors: [], routes: ["chat"] });
    const bad = await run(["check", file("bad.yaml"), "--json"]);
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout).errors[0]).toMatchObject({ line: expect.any(Number), message: expect.any(String) });
  });

  it("says that a file is not there", async () => {
    const { code, stderr } = await run(["check", file("none.yaml")]);
    expect(code).toBe(1);
    expect(stderr).toContain("none.yaml cannot be read");
  });
});

describe("canary-router serve", () => {
  it("reports all mistakes in the settings in one go", async () => {
    const env = { CANARY_PROXY_PORT: "x", CANARY_ADMIN_PROT: "1" };
    const { code, stderr } = await run(["serve", "--proxy-drain=1"], env);
    expect(stderr.trim().split("\n")).toEqual([
      "canary-router: CANARY_ADMIN_PROT is not a setting; did you mean CANARY_ADMIN_PORT?",
      expect.stringContaining("CANARY_PROXY_PORT is"),
      expect.stringContaining("--proxy-drain is"),
    ]);
    expect(code).toBe(2);
  });

  it("insists on the settings file that was named", async () => {
    const { code, stderr } = await run(["serve", "--config", file("none.yaml")]);
    expect(stderr).toContain("none.yaml");
    expect(code).toBe(2);
  });

  it("lists every setting with its names", async () => {
    const { code, stdout } = await run(["serve", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--redis-url +CANARY_REDIS_URL +store\.redisUrl/);
  });

  it("says that a port is taken", async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const args = ["serve", "--proxy-host=127.0.0.1", `--proxy-port=${port}`, "--admin-port=0"];
    const { code, stderr } = await run(args, { CANARY_RULES_FILE: file("good.yaml") });
    other.close();
    expect(stderr).toMatch(/EADDRINUSE/);
    expect(code).toBe(1);
  });
});
