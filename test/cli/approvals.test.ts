import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { run } from "./run.ts";

const RULES = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    rules:
      - name: everyone # as agreed
        candidate: 5%
`;
const HIGH = RULES.replace("5%", "50%");

// Each command is a process of its own, and a busy machine starts few in a second.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let router: RouterProcess;
const as = (name: string, args: readonly string[], input = "") =>
  run(args, { CANARY_URL: router.adminUrl, CANARY_TOKEN: name, HOME: folder, TZ: "UTC" }, input);
const waitingId = async (): Promise<string> => {
  const { stdout } = await as("bob", ["approvals", "--json"]);
  return JSON.parse(stdout).approvals[0]?.id ?? "nothing waits";
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "canary-approvals-cli-"));
  writeFileSync(join(folder, "rules.yaml"), RULES);
  const token = (name: string, role: string) => ({
    name,
    role,
    sha256: createHash("sha256").update(name).digest("hex"),
  });
  router = await startRouterProcess({
    RULES_FILE: join(folder, "rules.yaml"),
    ADMIN_TOKENS: JSON.stringify([token("ann", "editor"), token("bob", "editor"), token("olga", "operator")]),
    ADMIN_HOST: "127.0.0.1",
    APPROVAL_ABOVE: "25%",
  });
});
afterAll(async () => {
  await router.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("approvals on the command line", () => {
  it("put, set and revert end with an exit code of their own, and --json has the id", async () => {
    const put = await as("ann", ["put", "-", "-m", "more"], HIGH);
    expect(put.code).toBe(4);
    expect(put.stdout).toBe("");
    expect(put.stderr).toMatch(/^canary-router: This waits for a second person to approve it \([0-9a-f]{12}\)/);
    const set = await as("ann", ["set", "chat", "everyone", "60%", "--json"]);
    expect(set.code).toBe(4);
    const told = JSON.parse(set.stdout);
    expect(told).toEqual({ message: expect.any(String), approval: expect.objectContaining({ by: "ann", base: 1 }) });
    await as("ann", ["decline", told.approval.id, "--why", "too much"]);
    expect((await as("ann", ["get"])).stdout).toBe(RULES);
  });

  it("lists what waits, shows what it would change, and lets another approve it", async () => {
    const id = await waitingId();
    const list = await as("bob", ["approvals"]);
    expect(list.code).toBe(0);
    const [head, line] = list.stdout.split("\n");
    expect(head).toMatch(/^id +until +who asks +for you +what it gives +why$/);
    expect(line).toMatch(new RegExp(`^${id} +\\d{4}-.* ann +may approve +chat / everyone: v2 from 5% to 50% +more$`));
    expect((await as("ann", ["approvals"])).stdout).toContain("may decline");
    const one = await as("bob", ["approvals", id]);
    expect(one.stdout).toContain("\n-        candidate: 5%\n+        candidate: 50%\n");
    const own = await as("ann", ["approve", id]);
    expect([own.code, own.stderr]).toEqual([1, expect.stringMatching(/^canary-router: second_person_needed: /)]);
    const approved = await as("bob", ["approve", id]);
    expect(approved).toEqual({
      code: 0,
      stdout: "revision 2, as ann has asked for\n  chat / everyone: v2 from 5% to 50%\n",
      stderr: "",
    });
    expect((await as("bob", ["approvals"])).stdout).toBe("nothing waits\n");
    expect((await as("bob", ["history", "--limit=2"])).stdout).toContain("ann, approved by bob");
    expect((await as("bob", ["approve", id])).code).toBe(1);
  });

  it("lets nobody wait who lowers, and tells a pipeline the same id again and again", async () => {
    expect((await as("ann", ["set", "chat", "everyone", "3%"])).code).toBe(0);
    const put = () => as("ann", ["put", "-", "--if-changed", "--json"], HIGH);
    const [first, second] = [await put(), await put()];
    expect([first.code, second.code]).toEqual([4, 4]);
    expect(JSON.parse(first.stdout).approval.id).toBe(JSON.parse(second.stdout).approval.id);
    expect((await as("bob", ["decline", await waitingId()])).code).toBe(2);
    const declined = await as("bob", ["decline", await waitingId(), "--why", "not before Monday"]);
    expect(declined.stdout).toMatch(/^[0-9a-f]{12} waits no more: chat \/ everyone: v2 from 3% to 50%\n$/);
  });

  it("shows what others have written as it is, and does not let it command the terminal", async () => {
    const hidden = HIGH.replace("# as agreed", "# \u001b[2K\u202eas agreed");
    await as("ann", ["put", "-", "-m", "\u009b2Kharmless"], hidden);
    const { stdout } = await as("bob", ["approvals", await waitingId()]);
    expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/);
    expect(stdout).toContain("\\u{202e}as agreed");
    const { stderr } = await as("ann", ["put", "-"], hidden);
    expect(stderr).not.toMatch(/[\u001b\u009b\u202e]/);
  });
});
