import { describe, expect, it, onTestFinished } from "vitest";
import { startSentinels } from "../kit/redis-sentinels.ts";
import { freePort, hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { client, rulesText, startRouter, startVersions, type Versions } from "./stage.ts";

/** The status of the answer to an edit through a router. */
async function put(router: RouterProcess, versions: Versions, share: string): Promise<number> {
  const headers = { "if-match": "*" };
  const request = { method: "PUT", headers, body: rulesText(versions, share) };
  return (await fetch(`${router.adminUrl}/api/rules`, request)).status;
}

async function revisionOf(router: RouterProcess): Promise<string | null> {
  return (await fetch(`${router.adminUrl}/api/rules`)).headers.get("etag");
}

describe.skipIf(!hasRedis)("routers", () => {
  it("follow a failover of their sentinels, and fail no request meanwhile", async () => {
    const [sentinels, versions] = await Promise.all([startSentinels(), startVersions()]);
    onTestFinished(() => sentinels.remove());
    sentinels.master.cli(["-x", "set", "{canary}:rules"], rulesText(versions, "5%"));
    const env = { REDIS_URL: sentinels.url };
    const [one, ...others] = await Promise.all([startRouter(env), startRouter(env), startRouter(env)]);
    const routers = [one, ...others];
    const failures: unknown[] = [];
    let answered = 0;
    let going = true;
    const traffic = routers.map(async (router) => {
      const customer = client(router);
      for (let i = 0; going; i++) {
        await customer.ask(`customer-${i}`).then(
          () => answered++,
          (error) => failures.push(error),
        );
      }
    });
    onTestFinished(async () => {
      going = false;
      await Promise.all(traffic);
    });
    const converged = async (): Promise<boolean> => new Set(await Promise.all(routers.map(revisionOf))).size === 1;
    await until("an edit is in force on all", async () => (await put(one, versions, "6%")) === 200 && converged());
    await until("the replica has it", () => sentinels.replica.cli(["get", "{canary}:rules"]).includes("6%"));

    const before = answered;
    const killed = performance.now();
    await sentinels.master.kill();
    let refused = 0;
    // The sentinels' to say, and on a busy machine they may need a second election.
    const taken = async (): Promise<boolean> => {
      const status = await put(one, versions, "7%");
      if (status !== 200) {
        expect(status).toBe(503);
        refused++;
      }
      return status === 200;
    };
    await until("an edit is taken again", taken, 45_000);
    const edited = performance.now();
    await until("it is in force on all", converged, 5_000);
    const done = performance.now();
    const served = answered - before;
    await until("all sentinels say so", () => sentinels.promoted() && sentinels.said.has("+switch-master"));
    expect(sentinels.replica.cli(["get", "{canary}:rules"])).toContain("7%");
    await until("traffic went on", () => answered > before + 100);
    going = false;
    await Promise.all(traffic);
    expect(failures).toEqual([]);

    const after = (time: number | undefined) => (time === undefined ? "?" : `${Math.round(time - killed)} ms`);
    const told = (event: string) => after(sentinels.said.get(event));
    console.info("after the master was killed", {
      "a sentinel finds it down": told("+sdown"),
      "the sentinels agree": told("+odown"),
      "they have promoted the replica": told("+switch-master"),
      "the first edit is taken": after(edited),
      "it is in force on 3 of 3 routers": after(done),
      "edits refused with 503 meanwhile": refused,
      "requests served meanwhile": served,
      "requests lost": failures.length,
    });
  }, 120_000);

  it("keep their rules in a cluster of three nodes, and follow each other's edits by message", async () => {
    const nodes = await Promise.all(
      [1, 2, 3].map(async () => {
        const bus = `${await freePort()}`;
        return startRedis("--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000");
      }),
    );
    onTestFinished(async () => void (await Promise.all(nodes.map((node) => node.remove()))));
    const [first] = nodes;
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
    first?.cli(["--cluster", "create", ...hosts, "--cluster-yes"]);
    await until("the cluster works", () =>
      nodes.every((node) => /cluster_state:ok/.test(node.cli(["cluster", "info"]))),
    );

    const versions = await startVersions();
    first?.cli(["-c", "-x", "set", "{canary}:rules"], rulesText(versions, "5%"));
    // The poll comes too late for this test: what is seen, is seen by message.
    const env = { REDIS_URL: `redis+cluster://${hosts.join(",")}`, POLL_INTERVAL: "1h" };
    const [one, other] = await Promise.all([startRouter(env), startRouter(env)]);
    for (const share of ["6%", "7%"]) {
      expect(await put(one, versions, share)).toBe(200);
      await until("it is in force on the other", async () => (await revisionOf(one)) === (await revisionOf(other)));
    }
    const replicas = await (await fetch(`${one.adminUrl}/api/replicas`)).json();
    expect(replicas).toMatchObject({ replicas: [{}, {}] });
    const history = await (await fetch(`${other.adminUrl}/api/rules/history`)).json();
    expect(history).toMatchObject({ entries: { length: 3 } });
  }, 60_000);
});
