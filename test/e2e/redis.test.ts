import { describe, expect, it, onTestFinished } from "vitest";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import { until } from "../kit/until.ts";
import { client, rulesText, shareOf, startRouter, startVersions, temporaryFile } from "./stage.ts";

async function redis() {
  const server = await startRedis();
  onTestFinished(() => server.remove());
  return server;
}

describe.skipIf(!hasRedis)("with rules in Redis", () => {
  it("changes the split on `redis-cli -x SET`, without a restart", async () => {
    const [store, versions] = await Promise.all([redis(), startVersions()]);
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "0%"));
    const router = await startRouter({ REDIS_URL: store.url });
    const asking = client(router);
    expect(await shareOf(asking)).toBe(0);
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "100%"));
    await until("the candidate gets everything", async () => (await shareOf(asking, 20)) === 1);
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "a lot"));
    await until("the mistake is told", () => router.log.some(({ message }) => /refused/.test(message)));
    expect(await shareOf(asking)).toBe(1);
    expect((await fetch(`${router.adminUrl}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${router.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^canary_router_rules_rejected_total 1$/m);
  });

  it("fails no request while Redis is killed and comes back, and refuses edits meanwhile", async () => {
    const [store, versions] = await Promise.all([redis(), startVersions()]);
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "5%"));
    const router = await startRouter({ REDIS_URL: store.url });
    const asking = client(router);
    const put = async (share: string) => {
      const body = rulesText(versions, share);
      const { status } = await fetch(`${router.adminUrl}/api/rules`, {
        method: "PUT",
        headers: { "if-match": "*" },
        body,
      });
      return status;
    };
    let going = true;
    let answered = 0;
    const customer = async (lane: number): Promise<void> => {
      for (let i = 0; going; i++) {
        await asking.ask(`customer-${lane}-${i}`); // throws for anything but 200
        answered++;
      }
    };
    const traffic = Promise.allSettled([1, 2, 3, 4].map(customer));
    onTestFinished(async () => {
      going = false;
      await traffic;
    });

    await until("traffic flows", () => answered > 100);
    await store.kill();
    expect(await put("50%")).toBe(503);
    const before = answered;
    await until("traffic flows without Redis", () => answered > before + 200);
    await until("the metrics tell it", async () => {
      const metrics = await (await fetch(`${router.adminUrl}/metrics`)).text();
      return /^canary_router_store_up 0$/m.test(metrics);
    });
    await store.start();
    await until("edits are taken again", async () => (await put("100%")) === 200);
    expect(await shareOf(asking, 50)).toBe(1);
    going = false;
    expect((await traffic).filter(({ status }) => status === "rejected")).toEqual([]);
  });

  it("starts without Redis from its snapshot, and joins Redis when it comes", async () => {
    const [store, versions] = await Promise.all([redis(), startVersions()]);
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "100%"));
    const env = { REDIS_URL: store.url, SNAPSHOT_FILE: temporaryFile("snapshot.json") };
    const first = await startRouter(env);
    first.signal("SIGTERM");
    expect(await first.ended).toBe(0);
    await store.kill();

    const second = await startRouter(env);
    expect(await shareOf(client(second), 20)).toBe(1);
    await store.start();
    store.cli(["-x", "SET", "{canary}:rules"], rulesText(versions, "0%"));
    await until("the rules of Redis are in force", async () => (await shareOf(client(second), 20)) === 0);
  });

  it("starts without Redis and snapshot on stable versions only", async () => {
    const [store, versions] = await Promise.all([redis(), startVersions()]);
    await store.kill();
    const rulesFile = temporaryFile("rules.yaml", rulesText(versions, "100%"));
    const router = await startRouter({ REDIS_URL: store.url, RULES_FILE: rulesFile });
    expect(await shareOf(client(router), 50)).toBe(0);
  });
});
