import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { client, rulesText, startRouter, startVersions } from "./stage.ts";

const REPLICAS = 5;
/** `CUT_TRIALS=200 npx vitest run test/e2e/cut.test.ts` prints the figures for the record. */
const TRIALS = Number(process.env["CUT_TRIALS"] ?? 10);
const CUSTOMERS = Array.from({ length: 40 }, (_, i) => `customer-${i}`);

const Spread = z.object({ applied: z.array(z.string()), missing: z.array(z.unknown()), summary: z.string() });

async function order(router: RouterProcess, what: "cut" | "restore"): Promise<z.output<typeof Spread>> {
  const answer = await fetch(`${router.adminUrl}/api/routes/chat/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ why: "a trial" }),
  });
  expect(answer.status).toBe(200);
  return Spread.parse(await answer.json());
}

describe.skipIf(!hasRedis)(`a cut on ${REPLICAS} replicas`, () => {
  it("leaves the candidate nothing once it is acknowledged, under load and for sticky customers", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    redis.cli(["-x", "set", "{canary}:rules"], rulesText(await startVersions(), "50%"));
    const routers = await Promise.all(Array.from({ length: REPLICAS }, () => startRouter({ REDIS_URL: redis.url })));
    const clients = routers.map(client);
    const askAll = async (): Promise<Set<string>> => {
      const answers = clients.flatMap(({ ask }) => CUSTOMERS.map((customer) => ask(customer)));
      return new Set(await Promise.all(answers));
    };

    let loading = true;
    const load = clients.map(async ({ ask }) => {
      for (let i = 0; loading; i++) await ask(`customer-${i % 200}`);
    });
    const times: number[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      const router = routers[trial % REPLICAS];
      if (router === undefined) throw new Error("there are no replicas");
      await until("the candidate answers", async () => (await askAll()).has("v2"));
      const since = performance.now();
      const { applied, missing } = await order(router, "cut");
      times.push(performance.now() - since);
      expect([applied.length, missing]).toEqual([REPLICAS, []]);
      expect(await askAll()).toEqual(new Set(["v1"]));
      await order(router, "restore");
    }
    loading = false;
    await Promise.all(load); // none has failed
    times.sort((a, b) => a - b);
    const [p50 = 0, p99 = 0] = [times[Math.floor(TRIALS / 2)], times[Math.floor(TRIALS * 0.99)]];
    console.log(`${TRIALS} cuts: acknowledged by all in ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`);
    expect(p50).toBeLessThan(500); // how fast it is depends on the machine; that nobody waits a poll does not
  }, 60_000);

  it("outlives its replicas, its Redis, and rules that do not parse", async () => {
    const redis = await startRedis("--appendonly", "yes");
    onTestFinished(() => redis.remove());
    const rules = rulesText(await startVersions(), "100%");
    redis.cli(["-x", "set", "{canary}:rules"], rules);
    const first = await startRouter({ REDIS_URL: redis.url });
    expect(await client(first).ask("customer-1")).toBe("v2");
    await order(first, "cut");
    redis.cli(["-x", "set", "{canary}:rules"], "nonsense");
    expect(await client(first).ask("customer-1")).toBe("v1");
    await first.kill();
    await redis.kill();
    await redis.start();
    redis.cli(["-x", "set", "{canary}:rules"], rules);
    const second = await startRouter({ REDIS_URL: redis.url });
    expect(await client(second).ask("customer-1")).toBe("v1");
    await order(second, "restore");
    expect(await client(second).ask("customer-1")).toBe("v2");
  }, 60_000);
});
