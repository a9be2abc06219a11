import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { CLI, run } from "./run.ts";

const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules:
      - name: everyone else # as agreed
        candidate: 5%
`;
const WIDER = RULES.replace("5%", "10%");
const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const TOKENS = [
  { name: "ann", role: "editor", sha256: sha256("ann-token") },
  { name: "otto", role: "operator", sha256: sha256("otto-token") },
  { name: "eve", role: "viewer", sha256: sha256("eve-token") },
];

// Each command is a process of its own, and a busy machine starts few in a second.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let router: RouterProcess;
let env: Record<string, string>;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const revision = async (): Promise<number> => JSON.parse((await run(["get", "--json"], env)).stdout).revision;
/** The rules are these again. */
const reset = () => run(["put", "-", "--force"], env, RULES);

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "canary-remote-"));
  const rulesFile = file("served.yaml", RULES);
  router = await startRouterProcess({
    RULES_FILE: rulesFile,
    ADMIN_TOKENS: JSON.stringify(TOKENS),
    ADMIN_HOST: "127.0.0.1",
  });
  env = { CANARY_URL: router.adminUrl, CANARY_TOKEN: "ann-token", HOME: folder };
});
afterAll(async () => {
  await router.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("get, put and diff", () => {
  it("get prints the text byte by byte, and with --json its revision", async () => {
    expect(await run(["get"], env)).toEqual({ code: 0, stdout: RULES, stderr: "" });
    const { stdout } = await run(["get", "--json"], env);
    expect(JSON.parse(stdout)).toEqual({ revision: expect.any(Number), text: RULES });
  });

  it("put writes a file, and says in words what has changed", async () => {
    const before = await revision();
    const { code, stdout } = await run(["put", file("wider.yaml", WIDER), "-m", "more"], env);
    expect(stdout).toBe(`revision ${before + 1}\n  chat / everyone else: 5 % → 10 %\n`);
    expect(code).toBe(0);
    const { stdout: history } = await run(["history", "--json", "--limit=1"], env);
    expect(JSON.parse(history).entries).toMatchObject([{ revision: before + 1, author: "ann", message: "more" }]);
    await reset();
  });

  it("put reads stdin, and writes nothing that has not changed when asked so", async () => {
    const before = await revision();
    const same = await run(["put", "-", "--if-changed", "--json"], env, RULES);
    expect(JSON.parse(same.stdout)).toEqual({ revision: before, changed: false });
    const other = await run(["put", "-", "--if-changed", "--json"], env, WIDER);
    expect(JSON.parse(other.stdout)).toEqual({ revision: before + 1, changed: true });
    await reset();
  });

  it("put writes the first rules of a router and no later ones when asked so", async () => {
    const empty = await startRouterProcess({ RULES_FILE: join(folder, "none-yet.yaml") });
    onTestFinished(() => empty.kill());
    const asked = { CANARY_URL: empty.adminUrl, HOME: folder };
    const first = await run(["put", "-", "--if-absent", "--json"], asked, RULES);
    expect(JSON.parse(first.stdout)).toEqual({ revision: 1, changed: true });
    const second = await run(["put", "-", "--if-absent", "--json"], asked, WIDER);
    expect(JSON.parse(second.stdout)).toEqual({ revision: 1, changed: false });
    expect(second.code).toBe(0);
  });

  it("put does not overwrite an edit that came in between", async () => {
    const seen = await revision();
    await run(["set", "chat", "everyone else", "7%"], env);
    const { code, stderr } = await run(["put", "-", `--revision=${seen}`], env, WIDER);
    expect(stderr).toMatch(/^canary-router: conflict: .* revision \d+ now/);
    expect(code).toBe(1);
    expect((await run(["get"], env)).stdout).toBe(RULES.replace("5%", "7%"));
    await reset();
  });

  it("put takes rules whose environment variables the router does not have, and says which", async () => {
    const secret = RULES.replace(
      "{ version: v2,",
      `{ version: v2, headers: { authorization: "Bearer \${NO_SUCH_KEY}" },`,
    );
    expect(secret).not.toBe(RULES);
    const { code, stderr } = await run(["put", "-"], env, secret);
    expect(stderr).toMatch(
      /^canary-router: warning: \d+:\d+: routes\[0\]: The router has no environment variable "\$\{NO_SUCH_KEY\}", so the version "v2" does not get its header "authorization": /,
    );
    expect(code).toBe(0);
    await reset();
  });

  it("put names every mistake with its place", async () => {
    const { code, stderr } = await run(["put", "-"], env, RULES.replace("5%", "5"));
    expect(stderr).toMatch(/invalid_rules: .*\n {2}9:20: routes\[0\]\.rules\[0\]\.candidate: /);
    expect(code).toBe(1);
  });

  it("diff shows words and lines, without colour where nobody looks", async () => {
    const { code, stdout } = await run(["diff", "-"], env, WIDER);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chat \/ everyone else: 5 % → 10 %\n\n@@ .* @@\n/);
    expect(stdout).toMatch(/^-\s+candidate: 5%\n\+\s+candidate: 10%$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("diff tells by its exit code whether there is a difference, when asked so", async () => {
    expect((await run(["diff", "-", "--exit-code"], env, WIDER)).code).toBe(1);
    expect(await run(["diff", "-", "--exit-code"], env, RULES)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^no difference to revision \d+\n$/),
    });
    expect((await run(["diff", "-"], env, "version: 2")).code).toBe(1);
  });
});

describe("set, history and revert", () => {
  it("set changes one share and keeps comments", async () => {
    const { stdout } = await run(["set", "chat", "everyone else", "12.5%"], env);
    expect(stdout).toMatch(/^chat \/ everyone else: 12\.5%, revision \d+\n$/);
    expect((await run(["get"], env)).stdout).toBe(RULES.replace("5%", "12.5%"));
    const { code, stderr } = await run(["set", "chat", "everyone", "12.5%"], env);
    expect([code, stderr]).toEqual([1, expect.stringContaining("unknown_rule")]);
    await reset();
  });

  it("history lists who, when and why, and revert goes back", async () => {
    const before = await revision();
    await run(["set", "chat", "everyone else", "33%", "--message", "try\tmore"], env);
    const { stdout } = await run(["history"], env);
    const [head, first] = stdout.split("\n");
    expect(head).toMatch(/^revision +when +who +what +why$/);
    expect(first).toMatch(
      new RegExp(`^${before + 1} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +ann +edit +try more$`),
    );
    const reverted = await run(["revert", `${before}`], env);
    expect(reverted.stdout).toBe(`revision ${before + 2}, with the text of revision ${before}\n`);
    expect((await run(["get", "--revision", `${before + 1}`], env)).stdout).toContain("33%");
    expect((await run(["get"], env)).stdout).toBe(RULES);
  });
});

describe("cut and restore", () => {
  const asOtto = (args: string[]) => run(args, { ...env, CANARY_TOKEN: "otto-token" });

  it("cuts a slice, shows it, and has it in the history", async () => {
    const images = ["chat", "--modality", "image"];
    const { code, stdout } = await asOtto(["cut", ...images, "--why=grey"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^chat: v2 is cut for `image`\napplied on 1 of 1 /)]);
    expect((await asOtto(["status"])).stdout).toMatch(/v2 +candidate, CUT for `image` /);
    const [, cut] = (await asOtto(["history", "--limit=1"])).stdout.split("\n");
    expect(cut).toMatch(/^ +\d{4}-\S+ \S+ +otto +cut chat v2 for `image` +grey$/);
    expect((await asOtto(["restore", "chat", "--why=fixed"])).stdout).toMatch(/^chat: v2 is restored for `image`\n/);
    expect((await asOtto(["restore", ...images, "--why=fixed"])).code).toBe(1);
  });

  it("takes the name of a rule, and refuses one that is not", async () => {
    const rule = ["--rule", "everyone else"];
    expect((await asOtto(["cut", "chat", ...rule])).stdout).toMatch(
      /^chat: v2 is cut under the rule `everyone else`\n/,
    );
    expect((await asOtto(["restore", "chat", ...rule, "--why=fixed"])).code).toBe(0);
    const { code, stderr } = await asOtto(["cut", "chat", "--rule=staff"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("unknown_rule")]);
    expect((await asOtto(["cut", "--all", ...rule])).code).toBe(2);
  });
});

describe("ramp", () => {
  it("shows where a ramp is, and takes orders", async () => {
    const rising = RULES.replace(
      "candidate: 5%",
      "ramp: [{ to: 1%, for: 10m }, { to: 25%, until: approved }, { to: 50% }]",
    );
    await run(["put", "-", "--force"], env, rising);
    const order = (...args: string[]) => run(["ramp", "chat", "everyone else", ...args], env);
    await until("it has begun", async () => {
      const { stdout } = await run(["status"], env);
      return /v2 1 % +1 %, step 1 of 3, running; then 25 % in (10|9) min.*, waits for an answer of the candidate$/m.test(
        stdout,
      );
    });
    expect(await order("pause", "--why=lunch")).toMatchObject({
      code: 0,
      stdout: "chat / everyone else: 1 %, step 1 of 3, paused\n",
    });
    expect((await order("skip")).stdout).toBe("chat / everyone else: 25 %, step 2 of 3, paused\n");
    const { code, stderr } = await order("approve");
    expect([code, stderr]).toEqual([1, expect.stringContaining("second_person_needed: ann has written this ramp")]);
    expect((await order("dance")).code).toBe(2);
    const otto = await run(["ramp", "chat", "everyone else", "resume"], { ...env, CANARY_TOKEN: "otto-token" });
    expect(otto.stdout).toMatch(
      /: 25 %, step 2 of 3, running; then 50 %, waits for an approval and an answer of the candidate\n$/,
    );
    expect((await order("abort")).stdout).toBe("chat / everyone else: 0 %, step 2 of 3, aborted\n");
    await reset();
  });
});

describe("status", () => {
  it("shows routes, shares and replicas", async () => {
    const { code, stdout } = await run(["status"], env);
    expect(stdout).toMatch(/^http:\S+ {2}1 of 1 on revision \d+\n/);
    expect(stdout).toMatch(/^chat +v1 +stable +0 +0$/m);
    expect(stdout).toMatch(/^ +v2 +candidate +0 +0$/m);
    expect(stdout).toMatch(/^chat +everyone else +v2 5 %$/m);
    expect(stdout).toMatch(/^\S+ +\S+:\d+ +\d+ +current +\d+ ms +\d+\.\d s ago$/m);
    expect(code).toBe(0);
    const { stdout: json } = await run(["status", "--json"], env);
    expect(JSON.parse(json)).toMatchObject({ current: 1, routes: [{ name: "chat" }] });
  });

  it("--watch shows it again and again, until Ctrl-C", async () => {
    const child = spawn(process.execPath, [CLI, "status", "--watch", "--json"], { env });
    let said = "";
    child.stdout.on("data", (data) => {
      said += data;
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until("it has been shown twice", () => said.split("\n").length > 2);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});

describe("explain", () => {
  it("says who would answer and why", async () => {
    const { code, stdout } = await run(["explain", "/v1/chat", "--header", "x-canary: always"], env);
    expect(stdout).toMatch(/^v[12] \((stable|candidate) of chat\)\n.*matches entry 1 of the route `chat`/);
    expect(code).toBe(0);
    const json = await run(["explain", "get", "/v1/chat?x=1", "--data", '{"model":"m"}', "--json"], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ decision: { route: "chat", rule: "everyone else" } });
  });

  it("has exit code 1 where nobody would", async () => {
    expect(await run(["explain", "/nowhere"], env)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^nobody\n/),
    });
    expect((await run(["explain", "/", "-H", "no colon"], env)).code).toBe(2);
  });
});

describe("exit codes", () => {
  it("1: the router refuses", async () => {
    const { code, stderr } = await run(["set", "chat", "everyone else", "50%"], { ...env, CANARY_TOKEN: "eve-token" });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/forbidden: .*editor.*eve.*viewer/)]);
    const json = await run(["get", "--json"], { ...env, CANARY_TOKEN: "wrong" });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "unauthorized" } });
  });

  it.each([
    [["put"], /usage: put FILE/],
    [["get", "--yaml"], /--yaml/],
    [["revert", "x"], /x is not a revision/],
    [["get", "--url", "router:8081"], /write one such as http/],
    [["get", "--url", "http://ann:s3cret@router:8081"], /without a user and a password/],
    [["get", "--token", "s3cret\nX-Other: 1"], /the token cannot be sent/],
    [["get", "--token", "s3crét"], /the token cannot be sent/],
  ])("2: wrong usage, as in %j", async (args, message) => {
    const { code, stderr } = await run(args, env);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("s3cr");
    expect(code).toBe(2);
  });

  it("1: what was printed could not be written", () => {
    const ends = spawnSync("sh", ["-c", `"${process.execPath}" "${CLI}" get > /dev/full`], { env, encoding: "utf8" });
    expect([ends.status, ends.stderr]).toEqual([
      1,
      expect.stringMatching(/^canary-router: the answer cannot be written: ENOSPC/),
    ]);
    const headed = spawnSync("sh", ["-c", `"${process.execPath}" "${CLI}" get | head -c1`], { env, encoding: "utf8" });
    expect(headed).toMatchObject({ status: 0, stdout: "v", stderr: "" });
  });

  it("3: nobody is there", async () => {
    const server = createServer();
    const url = await listening(server);
    await new Promise((closed) => server.close(closed));
    const { code, stderr } = await run(["get"], { CANARY_URL: url, HOME: folder });
    expect(stderr).toMatch(/^canary-router: the router at http:\S+ cannot be reached: .*ECONNREFUSED/);
    expect(code).toBe(3);
  });

  it("3: what is there is no router", async () => {
    const server = createServer((_, response) => response.end("<h1>hello</h1>"));
    const url = await listening(server);
    onTestFinished(() => void server.close());
    for (const command of [["history"], ["get"], ["put", "-"], ["diff", "-"]]) {
      const { code, stdout } = await run(command, { CANARY_URL: url, HOME: folder }, RULES);
      expect([command, code, stdout]).toEqual([command, 3, ""]);
    }
  });
});

describe("where the router is", () => {
  const home = (text: string, mode: number): string => {
    const at = mkdtempSync(join(folder, "home-"));
    mkdirSync(join(at, "canary-router"));
    const path = join(at, "canary-router", "cli.yaml");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return at;
  };

  it("may be in a file that nobody else can read", async () => {
    const own = home(`url: ${router.adminUrl}/\ntoken: ann-token\n`, 0o600);
    expect(await run(["get"], { XDG_CONFIG_HOME: own })).toMatchObject({ code: 0, stdout: RULES });
  });

  it("is not read from a file that others can read", async () => {
    const open = home(`url: ${router.adminUrl}\ntoken: ann-token\n`, 0o644);
    const { code, stderr } = await run(["get"], { XDG_CONFIG_HOME: open });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/others can read it: chmod 600 .*cli\.yaml/)]);
  });

  it("has that file's token kept from any other router", async () => {
    const own = home("url: http://127.0.0.1:1\ntoken: ann-token\n", 0o600);
    const { code, stderr } = await run(["get", "--url", router.adminUrl], { XDG_CONFIG_HOME: own });
    expect([code, stderr]).toEqual([1, expect.stringContaining("unauthorized")]);
  });
});
