import { setTimeout as sleep } from "node:timers/promises";
import { comparison, target } from "../comparison.ts";
import { checkPeer } from "../correctness.ts";
import { openClients, type RawClient, rawHead } from "../load/raw-client.ts";
import { isInstalled, openFiles } from "../machine.ts";
import { memoryColumns, memorySample } from "../memory.ts";
import { residentMiB } from "../process-cost.ts";
import { interleave } from "../rounds.ts";
import { withPeers } from "../running-peers.ts";
import { startUpstream } from "../upstream.ts";
import type { Workload } from "../workload.ts";
import { CHAT_LOAD } from "./small-post.ts";

const CONNECTIONS = 10_000;
const AT_ONCE = 64;

/** How much memory clients take that keep their connections and ask nothing: 10,000, after one request each. */
export const idleConnections: Workload = {
  name: "idle-connections",
  missing: () => (isInstalled("nginx") ? undefined : "it needs nginx (apt-get install nginx-light)"),
  run: async (plan) => {
    const count = Math.min(CONNECTIONS, openFiles(CONNECTIONS + 1000) - 1000);
    const upstream = await startUpstream(plan.cores.others);
    try {
      return await withPeers(plan, upstream, "requests", async (running) => {
        for (const { name, port } of running) await checkPeer(name, port, CHAT_LOAD);
        const results = await interleave(running, 1, async ({ name, port, pid }) => {
          const before = residentMiB(pid);
          const clients = await openClients(port, count);
          try {
            await askOnce(clients);
            await sleep(plan.seconds * 1000);
            const sample = memorySample(before, residentMiB(pid), count);
            const lost = clients.filter(({ isOpen }) => !isOpen).length;
            if (lost > 0) throw new Error(`${name} has closed ${lost} of ${count} idle connections.`);
            plan.say(`  ${name}: ${sample.after.toFixed(0)} MiB`);
            return sample;
          } finally {
            for (const client of clients) client.close();
          }
        });
        const ours = [...results].find(([{ name }]) => name === "canary-router")?.[1];
        return `${comparison(results, memoryColumns("connection"))}

${count} connections${count < CONNECTIONS ? " (the limit of open files allows no more here)" : ""}, idle after a request each; resident memory of all processes of a proxy.

${target(`at most 250 MiB with ${CONNECTIONS} connections`, `${ours?.["after"]?.toFixed(0) ?? "–"} MiB`)}`;
      });
    } finally {
      await upstream.stop();
    }
  },
};

async function askOnce(clients: readonly RawClient[]): Promise<void> {
  const { path, body, headers, customers } = CHAT_LOAD;
  const payload = Buffer.from(body);
  let next = 0;
  const worker = async () => {
    for (;;) {
      const client = clients[next++];
      if (client === undefined) return;
      const all = { ...headers, "x-customer-id": `${customers.prefix}${(next % customers.count) + 1}` };
      await client.exchange(rawHead("POST", path, payload.length, all), payload);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
