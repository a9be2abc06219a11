import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { Client, Pool } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { bucketOf } from "../../src/routing/bucket.ts";
import { run } from "../cli/run.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

const PATH = "/v1/chat/completions";
const Spread = z.looseObject({ applied: z.array(z.string()), missing: z.array(z.unknown()), ms: z.number() });

/** The value of a metric without labels, or the sum of its series with these. */
async function metric(router: RouterProcess, name: string, labels = ""): Promise<number> {
  const text = await (await fetch(`${router.adminUrl}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(name) && /[{ ]/.test(line.charAt(name.length)));
  return lines.filter((line) => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

function pidsOf(router: RouterProcess): number[] {
  const pid = router.log.find(({ message }) => message === "the router is serving")?.pid ?? 0;
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

async function post(router: RouterProcess, path: string, body: object | string, method = "POST"): Promise<unknown> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(router.adminUrl + path, { method, body: text, headers: { "if-match": "*" } });
  expect(answer.status, path).toBe(200);
  return answer.json();
}

interface Answered {
  readonly version: string;
  readonly body: string;
  readonly requestId: string;
  readonly worker: number;
}

/** Each process counts its requests from elsewhere. */
function workerOf(requestId: string): number {
  return Math.floor(Number(requestId.split("-")[1]) / 2 ** 40);
}

type Ask = (customer: string, body?: string) => Promise<Answered>;

/** A client with one connection, and so of one worker. */
function connection(router: RouterProcess): Ask {
  const one = new Client(router.proxyUrl);
  onTestFinished(() => one.destroy());
  return async (customer, body = "{}") => {
    const headers = { "x-customer-id": customer, "content-type": "application/json" };
    const answer = await one.request({ path: PATH, method: "POST", headers, body });
    const requestId = String(answer.headers["x-request-id"]);
    const version = String(answer.headers["x-canary-version"]);
    return { version, body: await answer.body.text(), requestId, worker: workerOf(requestId) };
  };
}

/** One connection to each of two workers, whoever deals them out. */
async function oneOfEach(router: RouterProcess, customer = "nobody"): Promise<[Ask, Ask]> {
  const first = connection(router);
  const { worker } = await first(customer);
  for (let tries = 0; tries < 40; tries++) {
    const second = connection(router);
    if ((await second(customer)).worker !== worker) return [first, second];
  }
  throw new Error("all connections go to one worker");
}

function callersOf(preview: unknown): number {
  const Preview = z.object({ total: z.object({ moves: z.object({ "to stable": z.object({ callers: z.int() }) }) }) });
  return Preview.parse(preview).total.moves["to stable"].callers;
}

const customers = (from: number, to: number): string[] =>
  Array.from({ length: 1_000 }, (_, i) => `customer-${i}`).filter((name) => {
    const bucket = bucketOf("chat", name);
    return bucket >= from && bucket < to;
  });

describe("two workers", () => {
  it("are one router: one port, one sum of metrics, one replica, and an edit is in both when it is answered", async () => {
    const rules = rulesText(await startVersions(), "5%");
    const router = await startRouter({ WORKERS: "2", RULES_FILE: temporaryFile("rules.yaml", rules) });
    const asks = await oneOfEach(router);
    const before = await metric(router, "canary_router_requests_total");
    const all = Array.from({ length: 300 }, (_, i) => `customer-${i}`);
    const versions = await Promise.all(
      asks.map((ask) => Promise.all(all.map(async (one) => (await ask(one)).version))),
    );
    expect(versions[0]).toEqual(versions[1]); // a customer has one version, whoever forwards
    expect(await metric(router, "canary_router_requests_total")).toBe(before + 600);
    expect(await metric(router, "canary_router_requests_in_flight")).toBe(0);
    expect(await metric(router, "canary_router_share_ratio", 'version="v2"')).toBe(0.05);
    expect(await metric(router, "canary_router_workers")).toBe(2);
    expect((await fetch(`${router.adminUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${router.adminUrl}/api/replicas`)).json()).toMatchObject({
      replicas: [{ revision: 1 }],
    });
    for (const [share, version] of [
      ["100%", "v2"],
      ["0%", "v1"],
    ] as const) {
      await post(router, "/api/rules", rules.replace("5%", share), "PUT");
      expect(await Promise.all(asks.map(async (ask) => (await ask("customer-1")).version))).toEqual([version, version]);
    }
    await post(router, "/api/routes/chat/rules/everyone", { candidate: "100%" }, "PATCH");
    expect(await Promise.all(asks.map(async (ask) => (await ask("customer-1")).version))).toEqual(["v2", "v2"]);
  }, 60_000);

  it("keep for a preview what each has seen, explain, and count feedback that comes to the other one", async () => {
    const rules = rulesText(await startVersions(), "100%");
    const env = { WORKERS: "2", RULES_FILE: temporaryFile("rules.yaml", rules), PROXY_FEEDBACK_PATH: "/feedback" };
    const router = await startRouter(env);
    const asks = await oneOfEach(router);
    const answers = await Promise.all(asks.map((ask, i) => ask(`customer-${i}`)));
    for (const { requestId } of answers) {
      // As often as it may take to come to the other worker.
      for (let i = 0; i < 2; i++) {
        const body = JSON.stringify({ requestId, good: true });
        const headers = { "content-type": "application/json", connection: "close" };
        const answer = await fetch(`${router.proxyUrl}/feedback`, { method: "POST", body, headers });
        expect(await answer.json()).toMatchObject(i === 0 ? { credited: 1 } : { repeated: 1 });
      }
    }
    expect(await metric(router, "canary_router_feedback_total", 'outcome="good"')).toBe(2);
    // Of many requests one in a while is kept.
    await until("both have kept a request", async () => {
      await Promise.all(asks.map((ask, i) => ask(`customer-${i}`)));
      const preview = await post(router, "/api/preview", rules.replace("100%", "0%"));
      return callersOf(preview) === 3;
    });
    const request = { method: "POST", path: PATH, headers: { "x-customer-id": "customer-1" } };
    expect(JSON.stringify(await post(router, "/api/explain", request))).toContain("v2");
  }, 60_000);

  it("are judged together: the guard cuts after as many failures as those of one process", async () => {
    const stable = await startHttp((request, response) => {
      request.resume();
      response.end("{}");
    });
    const candidate = await startHttp((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "CUDA error" } }));
    });
    onTestFinished(async () => void (await Promise.all([stable.close(), candidate.close()])));
    const rules = rulesText({ stable: stable.url, candidate: candidate.url }, "20%");
    const ofStable = customers(2_000, 10_000);
    const ofCandidate = customers(0, 2_000);
    /** The guard's own word: requests go on while a cut is written down, for as long as the disk takes. */
    const reasonOfCut = async (workers: string): Promise<string | undefined> => {
      const router = await startRouter({ WORKERS: workers, RULES_FILE: temporaryFile("rules.yaml", rules) });
      const asks =
        workers === "2" ? await oneOfEach(router, ofStable.at(-1)) : [connection(router), connection(router)];
      for (const [i, customer] of ofStable.slice(0, 60).entries()) await asks[i % 2]?.(customer, '{"model":"m"}');
      // Whoever asks gets to see all that has ended: what stable did in the last moments counts for how many it takes.
      await metric(router, "canary_router_requests_total");
      for (let failures = 1; failures < 40; failures++) {
        await asks[failures % 2]?.(ofCandidate[failures] ?? "", '{"model":"m"}');
        if ((await metric(router, "canary_router_cut", 'version="v2"')) === 1) break;
      }
      const reason = () => router.log.find(({ message }) => message === "a candidate is bad")?.why;
      await until("the guard has said why", () => reason() !== undefined);
      return reason();
    };
    const reason = await reasonOfCut("1");
    expect(reason).toMatch(/failed \d+ requests in a row/);
    expect(await reasonOfCut("2")).toBe(reason);
  }, 60_000);
});

/** A model whose answers last until they are told to end, and streams of it that have begun, over all workers. */
async function streams(count: number, env: Readonly<Record<string, string>> = {}) {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const model = await startHttp(async (request, response) => {
    request.resume();
    response.write("first");
    await finished;
    response.end("last");
  });
  onTestFinished(() => model.close());
  const rules = rulesText({ stable: model.url, candidate: model.url }, "0%");
  const router = await startRouter({ WORKERS: "2", RULES_FILE: temporaryFile("rules.yaml", rules), ...env });
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const one = new Client(router.proxyUrl);
      onTestFinished(() => one.destroy());
      const { headers, body } = await one.request({ path: PATH, method: "POST", body: `${i}` });
      const whole = body.text().catch(() => "broken off");
      return { worker: workerOf(String(headers["x-request-id"])), whole };
    }),
  );
  expect(new Set(answers.map(({ worker }) => worker)).size).toBe(2);
  return { router, answers, finish };
}

const ENDED = /^a worker has ended/;

describe("a worker that is killed", () => {
  it("loses its own requests and no others, and is replaced", async () => {
    const { router, answers, finish } = await streams(20);
    const events = new AbortController();
    onTestFinished(() => events.abort());
    let heard = "";
    const stream = await fetch(`${router.adminUrl}/api/events`, { signal: events.signal });
    const hear = (bytes: Uint8Array): void => {
      heard += Buffer.from(bytes).toString();
    };
    void stream.body?.pipeTo(new WritableStream({ write: hear })).catch(() => {});
    await until("all are counted", async () => (await metric(router, "canary_router_requests_in_flight")) === 20);

    const [victim = 0] = pidsOf(router);
    process.kill(victim, "SIGKILL");
    const broken = new Set<number>();
    await until("those of one worker are broken off", async () => {
      for (const { worker, whole } of answers) {
        if ((await Promise.race([whole, "under way"])) === "broken off") broken.add(worker);
      }
      return broken.size > 0;
    });
    const [dead = 0] = broken;
    const lost = answers.filter(({ worker }) => worker === dead).length;
    await until("it is replaced", async () => (await metric(router, "canary_router_workers")) === 2);
    expect(await metric(router, "canary_router_workers_ended_total")).toBe(1);
    expect(await metric(router, "canary_router_requests_in_flight")).toBe(20 - lost);
    expect(router.log.find(({ message }) => ENDED.test(message))).toMatchObject({ worker: victim, requestsLost: lost });
    await until("the event is told", () =>
      heard.includes('event: workers\ndata: {"wanted":2,"forwarding":2,"ended":1,"lastEnded":'),
    );
    const replicas = async () => (await fetch(`${router.adminUrl}/api/replicas`)).json();
    await until("the replica says so", async () =>
      JSON.stringify(await replicas()).includes('"forwarding":2,"ended":1'),
    );
    const workers = { wanted: 2, forwarding: 2, ended: 1, lastEnded: expect.stringMatching(/^20.*Z$/) };
    expect(await replicas()).toMatchObject({ replicas: [{ workers }] });
    const { stdout } = await run(["status"], { CANARY_URL: router.adminUrl });
    expect(stdout).toMatch(/^replica .* heard +workers\n.* ago +2 of 2, one ended at 20\S+Z$/m);

    finish();
    for (const { worker, whole } of answers) expect(await whole).toBe(worker === dead ? "broken off" : "firstlast");
    await oneOfEach(router);
    expect(await metric(router, "canary_router_requests_in_flight")).toBe(0);
  }, 60_000);

  it("is replaced ever later when it is killed again and again, and the router stays ready by the other", async () => {
    const rules = rulesText(await startVersions(), "0%");
    const router = await startRouter({ WORKERS: "2", RULES_FILE: temporaryFile("rules.yaml", rules) });
    const [first, second] = pidsOf(router);
    for (let times = 1; times <= 3; times++) {
      const [victim = 0] = pidsOf(router).filter((pid) => pid !== second);
      process.kill(victim, "SIGKILL");
      await until("it has ended", () => router.log.filter(({ message }) => ENDED.test(message)).length === times);
      expect((await fetch(`${router.adminUrl}/readyz`)).status).toBe(200);
      expect((await connection(router)("customer-1")).version).toBe("v1");
      await until("it is replaced", async () => (await metric(router, "canary_router_workers")) === 2);
    }
    const lines = router.log.filter(({ message }) => ENDED.test(message));
    expect(lines[0]).toMatchObject({ worker: first, replacedInMs: 100 });
    expect(lines[2]).toMatchObject({ message: "a worker has ended again, soon after it had begun", replacedInMs: 400 });
  }, 60_000);
});

describe("a shutdown of two workers", () => {
  it("finishes what all of them have in hand, loses nothing, and exits 0", async () => {
    const { router, answers, finish } = await streams(20);
    router.signal("SIGTERM");
    for (const pid of pidsOf(router)) process.kill(pid, "SIGTERM"); // as a supervisor does that tells all of a group
    await expect.poll(async () => (await fetch(`${router.adminUrl}/readyz`)).status).toBe(503);
    await until("nobody is let in", () =>
      fetch(`${router.proxyUrl}${PATH}`, { method: "POST" }).then(
        () => false,
        () => true,
      ),
    );
    finish();
    expect(await Promise.all(answers.map(({ whole }) => whole))).toEqual(answers.map(() => "firstlast"));
    expect(await router.ended).toBe(0);
    expect(router.log.filter(({ level }) => level === "error")).toEqual([]);
  }, 60_000);

  it("ends what is still in flight after the drain, and leaves no process behind", async () => {
    const { router, answers } = await streams(4, { PROXY_DRAIN: "100ms" });
    const pids = pidsOf(router);
    router.signal("SIGTERM");
    expect(await Promise.all(answers.map(({ whole }) => whole))).toEqual(answers.map(() => "broken off"));
    expect(await router.ended).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  }, 60_000);

  it("happens also when the primary process is killed", async () => {
    const { router } = await streams(4);
    const pids = pidsOf(router);
    await router.kill();
    const lives = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await until("the workers have ended", () => !pids.some(lives));
  }, 60_000);
});

it("says why workers cannot begin, and does not start", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const rules = rulesText(await startVersions(), "0%");
  const env = { WORKERS: "2", RULES_FILE: temporaryFile("rules.yaml", rules) };
  await expect(startRouterProcess(env, [`--proxy-port=${port}`])).rejects.toThrow(/EADDRINUSE/);
}, 60_000);

describe.skipIf(!hasRedis)("a cut on two replicas of two workers", () => {
  it("leaves the candidate nothing that is sent after it is acknowledged, and takes milliseconds", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const arrivals: number[] = [];
    const upstream = (version: string) =>
      startHttp((request, response) => {
        if (version === "v2") arrivals.push(Number(request.headers["x-number"]));
        request.resume();
        setTimeout(() => response.end(version), Number(request.headers["x-number"]) % 20);
      });
    const [stable, candidate] = await Promise.all([upstream("v1"), upstream("v2")]);
    onTestFinished(async () => void (await Promise.all([stable.close(), candidate.close()])));
    redis.cli(["-x", "set", "{canary}:rules"], rulesText({ stable: stable.url, candidate: candidate.url }, "50%"));
    const clients = () => Number(/connected_clients:(\d+)/.exec(redis.cli(["info", "clients"]))?.[1]);
    const before = clients();
    const alone = await startRouter({ REDIS_URL: redis.url });
    const ofOne = clients() - before;
    alone.signal("SIGTERM"); // a replica that is killed would be missed
    await alone.ended;
    const routers = await Promise.all([1, 2].map(() => startRouter({ REDIS_URL: redis.url, WORKERS: "2" })));
    await until("a replica is one client as ever", () => clients() - before === 2 * ofOne);

    let [sent, loading] = [0, true];
    const pools = routers.map(({ proxyUrl }) => new Pool(proxyUrl, { connections: 8 }));
    const workers = new Set<string>();
    const load = pools.flatMap((pool) =>
      Array.from({ length: 8 }, async () => {
        while (loading) {
          const number = ++sent;
          const headers = { "x-number": `${number}`, "x-customer-id": `customer-${number % 40}` };
          const answer = await pool.request({ path: PATH, method: "POST", headers, body: "{}" });
          const id = String(answer.headers["x-request-id"]);
          workers.add(`${id.split("-")[0]} ${workerOf(id)}`);
          expect(answer.statusCode).toBe(200);
          await answer.body.dump();
        }
      }),
    );
    const times: number[] = [];
    let leaks = 0;
    const goOn = async (): Promise<void> => {
      const from = sent;
      await until("clients go on", () => sent > from + 150, 30_000);
    };
    const trials = Number(process.env["CUT_TRIALS"] ?? 10);
    for (let trial = 0; trial < trials; trial++) {
      await goOn();
      const router = routers[trial % 2];
      if (router === undefined) throw new Error("there is no replica");
      const inFlight = trial % 4 < 2 ? "finish" : "abort";
      const cut = async () => Spread.parse(await post(router, "/api/routes/chat/cut", { why: "a trial", inFlight }));
      let spread = await cut();
      times.push(spread.ms);
      while (spread.missing.length > 0) spread = await cut();
      const last = sent;
      expect(spread.applied).toHaveLength(2);
      await goOn();
      leaks += arrivals.filter((number) => number > last).length;
      await post(router, "/api/routes/chat/restore", { why: "the trial is over" });
      arrivals.length = 0;
    }
    loading = false;
    await Promise.all(load);
    await Promise.all(pools.map((pool) => pool.destroy()));
    expect(workers.size).toBe(4);
    expect(leaks).toBe(0);
    times.sort((a, b) => a - b);
    const [p50 = 0, p99 = 0] = [times[Math.floor(trials / 2)], times[Math.floor(trials * 0.99)]];
    console.log(
      `${trials} cuts on 2 replicas of 2 workers: acknowledged in ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`,
    );
    expect(p50).toBeLessThan(900); // nobody waits for the poll, nor for the second after which nobody waits any more
  }, 120_000);
});
