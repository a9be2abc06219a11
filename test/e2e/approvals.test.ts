import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { rulesText } from "./stage.ts";

const VERSIONS = { stable: "http://127.0.0.1:1", candidate: "http://127.0.0.1:2" };
const textOf = (share: string, comment = "") => `${rulesText(VERSIONS, share)}# ${comment}\n`;
const token = (name: string, role: string) => ({ name, role, sha256: createHash("sha256").update(name).digest("hex") });
const TOKENS = [token("ann", "editor"), token("bob", "editor"), token("carl", "editor"), token("olga", "operator")];

interface Answer {
  readonly status: number;
  readonly body: {
    revision?: number;
    approval?: { id: string };
    approvals?: object[];
    entries?: object[];
    error?: object;
  };
}

let redis: RedisServer;
let routers: RouterProcess[];

async function ask(
  router: RouterProcess,
  name: string,
  method: string,
  path: string,
  sent?: string | object,
): Promise<Answer> {
  const response = await fetch(`${router.adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${name}`, "if-match": "*" },
    ...(sent === undefined ? {} : { body: typeof sent === "string" ? sent : JSON.stringify(sent) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

function router(at: number): RouterProcess {
  const found = routers[at];
  if (found === undefined) throw new Error(`there is no router ${at}`);
  return found;
}

const put = (at: number, name: string, text: string) => ask(router(at), name, "PUT", "/api/rules", text);
const approve = (at: number, name: string, id: string) => ask(router(at), name, "POST", `/api/approvals/${id}/approve`);
const decline = (at: number, name: string, id: string) =>
  ask(router(at), name, "POST", `/api/approvals/${id}/decline`, { why: "no" });
const stored = () => redis.cli(["get", "{canary}:rules"]);
const revision = () => Number(redis.cli(["get", "{canary}:revision"]));

/** The rules give 5 %, on both routers; answers with the id of what ann has asked for. */
async function held(comment: string): Promise<string> {
  const lowered = await put(0, "ann", textOf("5%", comment));
  expect(lowered.status).toBe(200);
  await until("both have it", async () => {
    const texts = await Promise.all(
      routers.map(async ({ adminUrl }) =>
        (await fetch(`${adminUrl}/api/rules`, { headers: { authorization: "Bearer ann" } })).text(),
      ),
    );
    return texts.every((text) => text === textOf("5%", comment));
  });
  const asked = await put(0, "ann", textOf("50%", comment));
  expect(asked.status).toBe(202);
  return asked.body.approval?.id ?? "";
}

const env = () => ({
  REDIS_URL: redis.url,
  ADMIN_HOST: "127.0.0.1",
  ADMIN_TOKENS: JSON.stringify(TOKENS),
  APPROVAL_ABOVE: "25%",
});

describe.skipIf(!hasRedis)("what waits for a second person", () => {
  beforeAll(async () => {
    redis = await startRedis();
    redis.cli(["-x", "set", "{canary}:rules"], textOf("5%"));
    routers = await Promise.all([startRouterProcess(env()), startRouterProcess(env())]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(routers.map((one) => one.kill()));
    await redis.remove();
  });

  it("is seen on every replica, and done on any", async () => {
    const id = await held("seen");
    expect((await ask(router(1), "bob", "GET", "/api/approvals")).body.approvals).toMatchObject([
      { id, mayApprove: true },
    ]);
    expect((await approve(1, "bob", id)).status).toBe(200);
    expect(stored()).toBe(textOf("50%", "seen").trim());
    const { body } = await ask(router(0), "ann", "GET", "/api/history?limit=2");
    expect(body.entries).toMatchObject([
      { what: "approved", author: "bob" },
      { what: "edit", author: "ann", approver: "bob" },
    ]);
  });

  it("outlives all routers", async () => {
    const id = await held("outlives");
    await Promise.all(routers.map((one) => one.kill()));
    routers = await Promise.all([startRouterProcess(env()), startRouterProcess(env())]);
    expect((await approve(0, "ann", id)).status).toBe(403);
    expect((await approve(1, "bob", id)).status).toBe(200);
  }, 60_000);

  it("is done once, though many approve at once on both replicas", async () => {
    for (let round = 0; round < 5; round++) {
      const id = await held(`many ${round}`);
      const before = revision();
      const answers = await Promise.all(
        ["bob", "carl", "olga", "bob", "carl", "olga"].map((name, i) => approve(i % 2, name, id)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404, 404]);
      expect(revision()).toBe(before + 1);
    }
  }, 60_000);

  it("is either done or declined, whoever is faster", async () => {
    for (let round = 0; round < 8; round++) {
      const id = await held(`declined ${round}`);
      const approving = () => approve(0, "bob", id);
      const declining = () => decline(1, "carl", id);
      const both = round % 2 === 0 ? [approving(), declining()] : [declining(), approving()].reverse();
      const [approved, declined] = await Promise.all(both);
      expect([approved?.status, declined?.status].sort()).toEqual([200, 404]);
      expect(stored()).toContain(approved?.status === 200 ? "candidate: 50%" : "candidate: 5%");
    }
  }, 60_000);

  it("is not done over an edit that comes at the same time, and takes none of it back", async () => {
    for (let round = 0; round < 8; round++) {
      const id = await held(`edited ${round}`);
      const before = revision();
      const lowering = ask(router(round % 2), "carl", "PATCH", "/api/routes/chat/rules/everyone", { candidate: "1%" });
      const [approved, lowered] = await Promise.all([approve(1 - (round % 2), "bob", id), lowering]);
      expect(lowered.status).toBe(200); // it waits for nobody: it is applied to whatever stands there
      expect([200, 409]).toContain(approved.status);
      expect(stored()).toContain("candidate: 1%");
      expect(revision()).toBe(before + (approved.status === 200 ? 2 : 1));
      expect((await approve(0, "bob", id)).status).toBe(404);
    }
  }, 60_000);

  it("is not done after its time", async () => {
    const short = await startRouterProcess({ ...env(), APPROVAL_EXPIRES: "1s" });
    onTestFinished(() => short.kill());
    await held("expiry");
    const asked = await ask(short, "ann", "PUT", "/api/rules", textOf("60%"));
    expect(asked.status).toBe(202);
    const id = asked.body.approval?.id ?? "";
    await until(
      "its time is over",
      async () => (await ask(router(1), "bob", "GET", `/api/approvals/${id}`)).status === 404,
    );
    expect((await approve(0, "bob", id)).status).toBe(404);
    expect(stored()).toContain("candidate: 5%");
  }, 60_000);

  it("is told to whoever listens on another replica", async () => {
    const listening = new AbortController();
    const response = await fetch(`${router(1).adminUrl}/api/events`, {
      headers: { authorization: "Bearer bob" },
      signal: listening.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const id = await held("events");
    let said = "";
    await until("the other replica has told it", async () => {
      said += (await reader?.read())?.value ?? "";
      return new RegExp(`event: approvals\\ndata: .*${id}`).test(said);
    });
    listening.abort();
    expect((await decline(0, "bob", id)).status).toBe(200);
  });

  it("is not asked for nor done without Redis, and waits on when it is back", async () => {
    const id = await held("away");
    redis.pause();
    try {
      expect((await put(0, "ann", textOf("70%"))).status).toBe(503);
      expect((await approve(0, "bob", id)).status).toBe(503);
      expect((await ask(router(1), "bob", "GET", "/api/approvals")).status).toBe(503);
    } finally {
      redis.resume();
    }
    await until("it can be approved", async () => (await approve(0, "bob", id)).status === 200);
  }, 60_000);
});
