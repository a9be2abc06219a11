import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { run } from "./cli/run.ts";
import { client, rulesText, shareOf, startVersions, temporaryFile } from "./e2e/stage.ts";
import { startRouterProcess } from "./kit/router-process.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** What the image may weigh on top of Node. */
const MOST_BYTES = 20_000_000;

interface Step {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of each stage, lines that go on joined. */
function stages(): Step[][] {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ");
  const found: Step[][] = [];
  for (const [, word = "", rest = ""] of text.matchAll(/^([A-Z]+) +(.*)$/gm)) {
    if (word === "FROM") found.push([]);
    else found.at(-1)?.push({ word, rest });
  }
  return found;
}

/** Files and folders from and to which a COPY goes, without its flags. */
function copied(rest: string): { sources: string[]; target: string } {
  const words = rest.split(/ +/).filter((word) => !word.startsWith("--"));
  return { sources: words.slice(0, -1), target: words.at(-1) ?? "" };
}

/** Takes the steps of the Dockerfile in two folders of this machine: that of the build, and that of the image. */
function build(folder: string): string {
  const [building = [], final = []] = stages();
  const [source, image] = [join(folder, "src"), join(folder, "image")];
  mkdirSync(source, { recursive: true });
  for (const { word, rest } of building) {
    if (word === "COPY") {
      const { sources, target } = copied(rest);
      for (const one of sources) {
        const to = sources.length > 1 || target.endsWith("/") ? join(source, target, one) : join(source, target);
        cpSync(join(ROOT, one), to, { recursive: true });
      }
    } else if (word === "RUN") {
      // Not the environment of the tests, in which NODE_ENV makes another console.
      const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], npm_config_prefer_offline: "true" };
      const { status, stderr, stdout } = spawnSync("sh", ["-ec", rest], { cwd: source, env, encoding: "utf8" });
      if (status !== 0) throw new Error(`${rest}\n${stdout}${stderr}`);
    }
  }
  for (const { word, rest } of final) {
    if (word !== "COPY") continue;
    const { sources, target } = copied(rest);
    const to = target.startsWith("/") ? join(folder, "root", target) : join(image, target);
    for (const one of sources) cpSync(one.replace(/^\/src/, source), to, { recursive: true });
  }
  return image;
}

function filesIn(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((path) => statSync(join(folder, path)).isFile()).sort();
}

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), dev: z.boolean().optional(), optional: z.boolean().optional() }),
  ),
});
const Bom = z.object({
  components: z.array(z.object({ name: z.string(), version: z.string(), group: z.string().optional() })),
});

describe("the image", () => {
  let folder: string;
  let image: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-image-"));
    image = build(folder);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("runs byte by byte what was tested", () => {
    const built = filesIn(join(image, "dist"));
    expect(built).toEqual(filesIn(join(ROOT, "dist")).filter((path) => !path.endsWith(".map")));
    for (const path of built) {
      const same = readFileSync(join(image, "dist", path)).equals(readFileSync(join(ROOT, "dist", path)));
      expect(same, path).toBe(true);
    }
  });

  it("splits, cuts and drains", { timeout: 60_000 }, async () => {
    const versions = await startVersions();
    const cli = join(image, "dist/cli/main.js");
    const router = await startRouterProcess(
      { RULES_FILE: temporaryFile("rules.yaml", rulesText(versions, "30%")) },
      [],
      cli,
    );
    onTestFinished(() => router.kill());
    const asking = client(router);
    expect(await shareOf(asking, 200)).toBeGreaterThan(0.15);
    expect(await run(["cut", "chat", "--why", "it fails"], { CANARY_URL: router.adminUrl }, "", cli)).toMatchObject({
      code: 0,
    });
    expect(await shareOf(asking, 200)).toBe(0);
    expect(await (await fetch(`${router.adminUrl}/metrics`)).text()).toContain("canary_router_cut{");
    expect((await fetch(`${router.adminUrl}/readyz`)).status).toBe(200);
    router.signal("SIGTERM");
    expect(await router.ended).toBe(0);
  });

  it("lists all that is in it and nothing else", () => {
    const { packages } = Lock.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
    const locked = Object.entries(packages)
      .filter(([path, { dev }]) => path !== "" && dev !== true)
      .map(([path, { version }]) => `${path.replace(/.*node_modules\//, "")}@${version}`);
    const { components } = Bom.parse(JSON.parse(readFileSync(join(image, "sbom.cdx.json"), "utf8")));
    expect(components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual([...new Set(locked)].sort());
  });

  it("has nothing in it that does not run, and no rules that are an example", () => {
    const files = filesIn(image);
    expect(files.filter((path) => /\.(ts|map|md)$/.test(path))).toEqual([]);
    expect(files.filter((path) => path.startsWith("config/"))).toEqual([
      "config/router.yaml",
      "config/rules.schema.json",
    ]);
    expect(files.reduce((sum, path) => sum + statSync(join(image, path)).size, 0)).toBeLessThan(MOST_BYTES);
  });
});
