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
    const [one, other] = await Promise.all([startRouter(env), startRouter(env)]);
    const customers = [one, other].map((router) => client(router));
    const failures: unknown[] = [];
    let answered = 0;
    let going = true;
    const traffic = customers.map(async (customer) => {
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
    await until("an edit is in force on both", async () => {
      expect(await put(one, versions, "6%")).toBe(200);
      return (await revisionOf(one)) === (await revisionOf(other));
    });
    await until("the replica has it", () => sentinels.replica.cli(["get", "{canary}:rules"]).includes("6%"));

    const before = answered;
    await sentinels.master.kill();
    // Theirs to say, and on a busy machine they may need a second election.
    await until("the sentinels have a new master", () => sentinels.promoted(), 40_000);
    await until("an edit is taken again", async () => (await put(one, versions, "7%")) === 200, 5_000);
    await until(
      "it is in force on the other",
      async () => (await revisionOf(one)) === (await revisionOf(other)),
      5_000,
    );
    expect(sentinels.replica.cli(["get", "{canary}:rules"])).toContain("7%");
    await until("traffic went on", () => answered > before + 100);
    going = false;
    await Promise.all(traffic);
    expect(failures).toEqual([]);
  }, 90_000);

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
