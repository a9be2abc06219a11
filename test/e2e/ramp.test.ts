import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { Ramp } from "../../src/admin/shapes/ramp.ts";
import { Timeline } from "../../src/admin/shapes/timeline.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { client, rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

const CUSTOMERS = Array.from({ length: 200 }, (_, i) => `customer-${i}`);
const Shown = z.object({ routes: z.tuple([z.object({ rules: z.tuple([z.object({ ramp: Ramp })]) })]) });

async function rampOf(router: RouterProcess): Promise<Ramp> {
  const answer = await fetch(`${router.adminUrl}/api/routes`);
  return Shown.parse(await answer.json()).routes[0].rules[0].ramp;
}

async function post(router: RouterProcess, path: string, body: object): Promise<number> {
  const answer = await fetch(`${router.adminUrl}/api/routes/chat/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

async function metric(router: RouterProcess, series: string): Promise<number> {
  const text = await (await fetch(`${router.adminUrl}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")
      .at(-1),
  );
}

it.skipIf(!hasRedis)(
  "a ramp rises on two replicas at once, keeps its customers, and stops for a cut",
  async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const timed = "{ to: 20%, for: 0.5s }";
    const ramp = `[{ to: 10%, until: approved }, ${timed}, { to: 40%, until: approved }, { to: 80%, for: 1h }, { to: 100% }]`;
    redis.cli(
      ["-x", "set", "{canary}:rules"],
      rulesText(await startVersions(), "5%").replace("candidate: 5%", `ramp: ${ramp}`),
    );
    const env = { REDIS_URL: redis.url, POLL_INTERVAL: "100ms" };
    const [one, two] = [await startRouter(env), await startRouter(env)];
    const clients = [one, two].map(client);

    /** Whom the candidate answers; the same on both replicas. */
    const candidates = async (): Promise<Set<string>> => {
      const found = await Promise.all(
        clients.map(async ({ ask }) => {
          const answers = await Promise.all(CUSTOMERS.map(async (one) => [one, await ask(one)] as const));
          return answers.filter(([, version]) => version === "v2").map(([one]) => one);
        }),
      );
      expect(found[0]).toEqual(found[1]);
      return new Set(found[0]);
    };
    const bothAt = (step: number) =>
      until(
        `both are at step ${step}`,
        async () => {
          const steps = await Promise.all([one, two].map(rampOf));
          return steps.every((ramp) => ramp.step === step);
        },
        30_000,
      );

    await until("the ramp has begun", async () => (await rampOf(one)).state === "running");
    expect(await rampOf(one)).toMatchObject({ step: 1, percent: 10, next: { percent: 20 } });
    const first = await candidates();
    expect(first.size).toBeGreaterThan(5);
    expect(await post(one, "rules/everyone/ramp", { order: "approve" })).toBe(200);
    const isOver = async (): Promise<boolean> => {
      await Promise.all(CUSTOMERS.map((customer) => clients[0]?.ask(customer))); // or nothing is known of the candidate
      return (await rampOf(one)).step === 3;
    };
    await until("the timed step is over", isOver, 30_000);
    await bothAt(3);
    const second = await candidates();
    expect(second.size).toBeGreaterThan(first.size);
    expect([...first].filter((customer) => !second.has(customer))).toEqual([]);
    expect(await rampOf(two)).toMatchObject({ percent: 40, next: { percent: 80, waitsFor: ["an approval"] } });
    expect(await metric(two, 'canary_router_share_ratio{route="chat",rule="everyone",version="v2"}')).toBe(0.4);
    expect(await metric(two, 'canary_router_ramp_step{route="chat",rule="everyone"}')).toBe(3);

    expect(await post(two, "rules/everyone/ramp", { order: "approve" })).toBe(200);
    await bothAt(4);
    const third = await candidates();
    expect([...second].filter((customer) => !third.has(customer))).toEqual([]);

    expect(await post(one, "cut", { why: "a trial" })).toBe(200);
    expect((await candidates()).size).toBe(0);
    await until("the ramp is paused", async () => (await rampOf(two)).state === "paused");
    expect(await post(one, "restore", { why: "over" })).toBe(200);
    expect(await rampOf(one)).toMatchObject({ step: 4, state: "paused", why: "v2 was cut: a trial" });

    // A replica that comes later, or again, is where the others are.
    await one.kill();
    const again = await startRouter(env);
    expect(await rampOf(again)).toMatchObject({ step: 4, percent: 80, state: "paused" });
    const { entries } = Timeline.parse(await (await fetch(`${again.adminUrl}/api/history`)).json());
    expect(entries.map(({ what }) => what).filter((what) => what !== "edit")).toEqual([
      "restored",
      "ramp paused",
      "cut",
      "ramp step",
      "ramp approved",
      "ramp step",
      "ramp step",
      "ramp approved",
      "ramp started",
    ]);
  },
  120_000,
);

it("a ramp goes on when the guard calls the candidate good, and stops when the guard cuts it", async () => {
  const { stable } = await startVersions();
  let broken = false;
  const candidate = await startHttp((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(broken ? 500 : 200).end("v2"));
  });
  onTestFinished(() => candidate.close());
  const ramp = "ramp: [{ to: 50%, until: good }, { to: 60%, until: approved }, { to: 100% }]";
  const rules = rulesText({ stable, candidate: candidate.url }, "5%").replace("candidate: 5%", ramp);
  const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rules), POLL_INTERVAL: "100ms" });
  const { ask } = client(router);
  let customers = 0;
  const askUntil = async (what: string, holds: (ramp: Ramp) => boolean): Promise<Ramp> => {
    let found = await rampOf(router);
    await until(
      what,
      async () => {
        await Promise.allSettled(Array.from({ length: 32 }, () => ask(`customer-${customers++}`)));
        found = await rampOf(router);
        return holds(found);
      },
      40_000,
    );
    return found;
  };
  const waits = await askUntil("the ramp has begun", ({ state }) => state === "running");
  expect(waits).toMatchObject({ step: 1, next: { waitsFor: [expect.stringMatching(/^the verdict good/)] } });
  await askUntil("the candidate is good", ({ step }) => step === 2);
  broken = true;
  const stopped = await askUntil("the guard cuts it", ({ state }) => state === "paused");
  expect(stopped).toMatchObject({ step: 2, by: "guard", why: expect.stringMatching(/^v2 was cut: /) });
}, 120_000);
