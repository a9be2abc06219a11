import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { hasRedis, type RedisServer, startRedis } from "../../kit/redis-server.ts";
import { type Relay, startRelay } from "../../kit/relay.ts";
import { until } from "../../kit/until.ts";
import { startHttp, type Upstream } from "../../kit/upstream.ts";
import { rulesText } from "../stage.ts";
import { faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

const { fault, told } = faultFamily("redis");

let redis: RedisServer;
let relay: Relay;
let versions: Upstream[] = [];
let stand: Stand;
let customers: Pool;
let folder: string;
let edits = 0;

/** Rules that give everybody to the candidate. */
const rules = (): string =>
  rulesText({ stable: versions[0]?.url ?? "", candidate: versions[1]?.url ?? "" }, "100%").replace(
    "everyone",
    `edit ${++edits}`,
  );

describe.skipIf(!hasRedis)("a Redis that", () => {
  beforeAll(async () => {
    redis = await startRedis();
    relay = await startRelay(redis.port);
    versions = await Promise.all(["v1", "v2"].map((name) => startHttp((_request, response) => response.end(name))));
    redis.cli(["-x", "set", "{canary}:rules"], rules());
    folder = mkdtempSync(join(tmpdir(), "canary-faults-"));
    const SNAPSHOT_FILE = join(folder, "snapshot.json");
    stand = await startStand("", {
      REDIS_URL: `redis://127.0.0.1:${relay.port}`,
      POLL_INTERVAL: "200ms",
      SNAPSHOT_FILE,
    });
    customers = new Pool(stand.router.proxyUrl, { connections: 4 });
  }, 60_000);
  afterEach(async () => {
    await customers.close();
    customers = new Pool(stand.router.proxyUrl, { connections: 4 });
    await stand.settled();
  });
  afterAll(async () => {
    await customers.destroy();
    await stand.end();
    await relay.close();
    await redis.remove();
    for (const version of versions) await version.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Who answers; throws for any status but 200. */
  async function ask(): Promise<string> {
    const { statusCode, body } = await customers.request({ path: "/v1/chat/completions", method: "GET" });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
    return text;
  }

  /** Customers ask all the time while `work` goes on, and none of them is failed. */
  async function servingAll(work: () => Promise<void>): Promise<void> {
    let [going, answered] = [true, 0];
    const customer = async (): Promise<void> => {
      while (going) {
        await ask();
        answered++;
      }
    };
    const asking = Promise.all([customer(), customer()]);
    try {
      await work();
      await until("many were answered", () => answered > 100);
    } finally {
      going = false;
      await asking;
    }
  }

  const edit = async (): Promise<number> => (await stand.ask("/api/rules", "PUT", rules())).status;
  const order = (what: "cut" | "restore") => stand.ask(`/api/routes/chat/${what}`, "POST", '{"why":"a trial"}');
  const value = async (name: string): Promise<number | undefined> =>
    (await stand.series()).get(`canary_router_${name}`);

  /** While it is broken an edit gets `status`, and a cut holds here at once; when it is mended both work. */
  async function survives(status: 200 | 503, up: 0 | 1, broken: () => unknown, mended: () => unknown): Promise<void> {
    expect(await ask()).toBe("v2");
    await servingAll(async () => {
      try {
        await broken();
        await until("the metrics tell it", async () => (await value("store_up")) === up);
        if (status === 503) expect(await edit()).toBe(503);
        else await until("an edit is taken", async () => (await edit()) === 200);
        expect((await order("cut")).status).toBe(200);
        expect(await ask()).toBe("v1");
      } finally {
        await mended();
      }
      await until("edits are taken", async () => (await edit()) === 200);
      await until("the store is there", async () => (await value("store_up")) === 1);
      expect(await ask()).toBe("v1"); // what has returned has not lifted the cut
      await until("it can be restored", async () => (await order("restore")).status === 200);
      await until("the candidate is back", async () => (await ask()) === "v2");
    });
  }

  const CLIENT = "its answer, all the time; an edit gets 503, a cut holds at once";
  const BOUND = "every wait for Redis ends after 1 s; nothing of a request waits for it";
  const faults: [string, 0 | 1, () => unknown, () => unknown][] = [
    ["is killed, and comes back", 0, () => redis.kill(), () => redis.start()],
    ["stops answering, with its connections open", 0, () => redis.pause(), () => redis.resume()],
    [
      "has become a read-only replica",
      1,
      () => redis.cli(["replicaof", "127.0.0.1", "1"]),
      () => redis.cli(["replicaof", "no", "one"]),
    ],
    [
      "has no memory left",
      1,
      () => redis.cli(["config", "set", "maxmemory", "1"]),
      () => redis.cli(["config", "set", "maxmemory", "0"]),
    ],
    [
      "wants another password",
      0,
      () => {
        redis.cli(["config", "set", "requirepass", "new"]);
        redis.cli(["-a", "new", "--no-auth-warning", "client", "kill", "type", "normal"]);
      },
      () => redis.cli(["-a", "new", "--no-auth-warning", "config", "set", "requirepass", ""]),
    ],
  ];
  for (const [name, up, broken, mended] of faults) {
    const metrics = up === 1 ? "`store_up` 1: it can be read" : "`store_up` 0, and 1 when it is back";
    fault(name, { client: CLIENT, metrics, bound: BOUND }, () => survives(503, up, broken, mended), 60_000);
  }

  fault(
    "takes 300 ms for each answer",
    { client: "its answer, as soon as ever; an edit takes so much longer", metrics: "`store_up` 1", bound: BOUND },
    () =>
      survives(
        200,
        1,
        () => (relay.delay = 150),
        () => (relay.delay = 0),
      ),
    60_000,
  );

  fault(
    "holds garbage for rules",
    {
      client: "its answer, by the last good rules; an edit puts an end to it",
      metrics: "`rules_rejected_total` +1 for each such text",
      bound: "nothing of it comes into force",
    },
    async () => {
      const before = (await value("rules_rejected_total")) ?? 0;
      await servingAll(async () => {
        redis.cli(["set", "{canary}:rules", "\u{fffd}garbage: ["]);
        await until("it is told", async () => (await value("rules_rejected_total")) === before + 1);
        expect(await ask()).toBe("v2");
        expect(await edit()).toBe(200);
      });
    },
  );

  fault(
    "holds garbage in every key",
    {
      client: "its answer, by the last good rules; an edit gets 503, a cut holds at once",
      metrics: "`store_up` 0, and 1 when it is gone",
      bound: "nothing of it comes into force; what replicas know is given back once the keys are deleted",
    },
    async () => {
      await order("cut");
      await order("restore");
      const spoil = (): void => {
        const keys = redis.cli(["keys", "*"]).split("\n");
        expect(keys).toEqual(expect.arrayContaining(["{canary}:rules", "{canary}:history", "{canary}:cuts"]));
        for (const key of keys) {
          redis.cli(["del", key]);
          redis.cli(["sadd", key, "garbage"]);
        }
      };
      await survives(503, 0, spoil, () => redis.cli(["flushall"]));
    },
    60_000,
  );

  fault(
    "has lost all its data",
    {
      client: "its answer, by the last good rules; the next edit is taken, cuts are given back to Redis",
      metrics: "`store_up` 1",
      bound: "what each replica knows",
    },
    async () => {
      await order("cut");
      redis.cli(["flushall"]);
      await until("Redis has the cut again", () => redis.cli(["exists", "{canary}:cuts"]) === "1");
      expect(await ask()).toBe("v1");
      expect((await order("restore")).status).toBe(200);
      await survives(
        200,
        1,
        () => redis.cli(["flushall"]),
        () => {},
      );
    },
    60_000,
  );

  fault(
    "is well, while the router's own disk has no room for the snapshot",
    {
      client: "its answer, by the new rules",
      metrics: "`rules_revision` rises",
      bound: "the last snapshot stays whole; the log says that a start without Redis would not have the new one",
    },
    async () => {
      const limit = (most: string) =>
        expect(spawnSync("prlimit", ["--pid", `${stand.router.pid}`, `--fsize=${most}:`]).status).toBe(0);
      const snapshot = () => readFileSync(join(folder, "snapshot.json"), "utf8");
      const revision = (await value("rules_revision")) ?? 0;
      await until("it is saved", () => snapshot().startsWith(`{"revision":${revision},`));
      const saved = snapshot();
      limit("0");
      expect(await edit()).toBe(200);
      expect(await value("rules_revision")).toBe(revision + 1);
      const said = () =>
        stand.router.log.some(({ message }) => /snapshot of the rules cannot be written/.test(message));
      await until("it is told", said);
      expect(snapshot()).toBe(saved);
      limit("unlimited");
      expect(await edit()).toBe(200);
      await until("the next is saved", () => snapshot().startsWith(`{"revision":${revision + 2},`));
    },
  );

  told();
});
