import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { rulesText, startRouter } from "./stage.ts";

const REPLICAS = 5;
/** `CONVERGENCE_EDITS=1000 npx vitest run test/e2e/convergence.test.ts` prints the figures for the record. */
const EDITS = Number(process.env["CONVERGENCE_EDITS"] ?? 200);
const NOWHERE = { stable: "http://127.0.0.1:1", candidate: "http://127.0.0.1:2" };

const Replicas = z.object({
  current: z.int(),
  revision: z.int(),
  summary: z.string(),
  replicas: z.array(z.object({ state: z.string() })),
});

async function replicasOf(router: RouterProcess): Promise<z.output<typeof Replicas>> {
  return Replicas.parse(await (await fetch(`${router.adminUrl}/api/replicas`)).json());
}

async function put(router: RouterProcess, points: number): Promise<{ status: number; revision: number }> {
  const body = rulesText(NOWHERE, `${points / 100}%`);
  const answer = await fetch(`${router.adminUrl}/api/rules`, { method: "PUT", headers: { "if-match": "*" }, body });
  const { revision } = z.object({ revision: z.int() }).parse(await answer.json());
  return { status: answer.status, revision };
}

/** From the acceptance of an edit until it was in force elsewhere, of all replicas: how many, and bounds in seconds. */
async function propagation(routers: readonly RouterProcess[]) {
  const below = new Map<number, number>();
  for (const router of routers) {
    const text = await (await fetch(`${router.adminUrl}/metrics`)).text();
    for (const [, le, count] of text.matchAll(/rules_propagation_seconds_bucket\{le="([^"]+)"\} (\d+)/g)) {
      const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
      below.set(bound, (below.get(bound) ?? 0) + Number(count));
    }
  }
  const count = below.get(Number.POSITIVE_INFINITY) ?? 0;
  const quantile = (part: number) => [...below].find(([, seen]) => seen >= part * count)?.[0] ?? Number.NaN;
  return { count, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

async function onSameRevision(routers: readonly RouterProcess[], revision: number): Promise<boolean> {
  const etags = await Promise.all(
    routers.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/api/rules`)).headers.get("etag")),
  );
  return etags.every((etag) => etag === `"${revision}"`);
}

describe.skipIf(!hasRedis)(`${REPLICAS} replicas of one Redis`, () => {
  async function startReplicas() {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    redis.cli(["-x", "set", "{canary}:rules"], rulesText(NOWHERE, "0%"));
    const routers = await Promise.all(Array.from({ length: REPLICAS }, () => startRouter({ REDIS_URL: redis.url })));
    const [first] = routers;
    if (first === undefined) throw new Error("there are none");
    await until("all are there", async () => (await replicasOf(first)).current === REPLICAS);
    return { redis, routers, first };
  }

  it(`have each of ${EDITS} edits in force, wherever it was made, and say so`, async () => {
    const { routers, first } = await startReplicas();
    let last = 0;
    for (let i = 0; i < EDITS; i++) {
      const router = routers[i % REPLICAS] ?? first;
      const written = await put(router, i % 10_000);
      expect(written).toEqual({ status: 200, revision: last === 0 ? written.revision : last + 1 });
      last = written.revision;
    }
    await until("all have the last one", () => onSameRevision(routers, last), 5_000);
    await until("they say so", async () => (await replicasOf(first)).current === REPLICAS, 5_000);
    expect((await replicasOf(first)).summary).toBe(`${REPLICAS} of ${REPLICAS} on revision ${last}`);
    const figures = await propagation(routers);
    console.info(`${EDITS} edits, ${REPLICAS} replicas: publish to applied`, figures);
    // A replica may skip a revision when the next one is there already, but not most of them.
    expect(figures.count).toBeGreaterThan(EDITS * (REPLICAS - 1) * 0.5);
    expect(figures.p50).toBeLessThanOrEqual(0.05);
  }, 120_000);

  it("converge within the poll interval when messages are blocked, and name who is gone", async () => {
    const { redis, routers, first } = await startReplicas();
    // Nobody may listen any more; what listens now is cut off.
    redis.cli(["acl", "setuser", "default", "-subscribe"]);
    redis.cli(["client", "kill", "type", "pubsub"]);
    await until("nobody listens", () => redis.cli(["pubsub", "numsub", "{canary}:changes"]).endsWith("0"));
    for (let points = 1; points <= 3; points++) {
      const { revision } = await put(first, points);
      const began = performance.now();
      await until("all have it", () => onSameRevision(routers, revision));
      expect(performance.now() - began).toBeLessThan(1_500);
    }
    const [, lost] = routers;
    await lost?.kill();
    await until("it is missed", async () => (await replicasOf(first)).current === REPLICAS - 1, 10_000);
    expect((await replicasOf(first)).summary).toMatch(/^4 of 5 on revision \d+; \S+ has not been heard of for \d+ s/);
  }, 60_000);
});
