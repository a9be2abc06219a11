import { checkPeer } from "../correctness.ts";
import { isInstalled } from "../machine.ts";
import { cpuTime } from "../process-cost.ts";
import { table } from "../report.ts";
import { interleave } from "../rounds.ts";
import { type RunningPeer, withPeers } from "../running-peers.ts";
import { startUpstream } from "../upstream.ts";
import type { Plan, Workload } from "../workload.ts";
import { type Load, runWrk } from "../wrk.ts";

const CONTENT = "Which version are you, and what has changed since the last one? ".repeat(9).trim();

/** A short chat request, 0.7 KB. */
export const CHAT_LOAD: Load = {
  path: "/v1/chat/completions",
  body: JSON.stringify({ model: "demo-chat", max_tokens: 64, messages: [{ role: "user", content: CONTENT }] }),
  headers: { "content-type": "application/json", "x-customer-type": "standard" },
  customers: { prefix: "customer-", count: 2000 },
  connections: 64,
};

/** What a small request costs: 0.7 KB of JSON each way, 64 connections. */
export const smallPost: Workload = {
  name: "small-post",
  missing: () =>
    isInstalled("wrk") && isInstalled("nginx") ? undefined : "it needs wrk and nginx (apt-get install wrk nginx-light)",
  run: async (plan) => {
    const upstream = await startUpstream(plan.cores.others);
    try {
      return await withPeers(plan, upstream, async (running) => {
        for (const { name, port } of running) await checkPeer(name, port, CHAT_LOAD);
        const direct = await runWrk(CHAT_LOAD, { port: upstream.stable, seconds: 2, cores: plan.cores.others });
        const results = await interleave(running, plan.rounds, (peer) => measure(peer, plan));
        return section(results, direct.perSecond, plan);
      });
    } finally {
      await upstream.stop();
    }
  },
};

async function measure({ name, port, pid }: RunningPeer, { cores, seconds, say }: Plan) {
  await runWrk(CHAT_LOAD, { port, seconds: 1, cores: cores.others });
  const before = cpuTime(pid);
  const { requests, perSecond, p50, p99 } = await runWrk(CHAT_LOAD, { port, seconds, cores: cores.others });
  const after = cpuTime(pid);
  const user = (after.user - before.user) / requests;
  const system = (after.system - before.system) / requests;
  say(`  ${name}: ${(user + system).toFixed(1)} µs CPU a request, ${perSecond.toFixed(0)} requests/s`);
  return { cpu: user + system, user, system, perSecond, p50, p99 };
}

function section(
  results: Awaited<ReturnType<typeof interleave<RunningPeer>>>,
  direct: number,
  { rounds, seconds, cores }: Plan,
): string {
  const yardstick = [...results].find(([{ name }]) => name === "nginx")?.[1];
  const rows = [...results].map(([{ name }, sample]) => {
    const show = (key: string, digits: number) => (sample[key] ?? Number.NaN).toFixed(digits);
    const ratio = yardstick === undefined ? "–" : ((sample["cpu"] ?? 0) / (yardstick["cpu"] ?? 0)).toFixed(2);
    return [
      name,
      show("cpu", 1),
      show("user", 1),
      show("system", 1),
      ratio,
      show("perSecond", 0),
      show("p50", 2),
      show("p99", 2),
    ];
  });
  const head = ["proxy", "CPU µs/request", "user", "system", "× nginx", "requests/s", "p50 ms", "p99 ms"];
  const pinned = cores.proxy === undefined ? "not pinned to cores" : `each on core ${cores.proxy} alone`;
  return `${table(head, rows)}

POST of ${Buffer.byteLength(CHAT_LOAD.body)} bytes, ${CHAT_LOAD.connections} connections, ${CHAT_LOAD.customers.count} customers; ${pinned};
median of ${rounds} rounds of ${seconds} s in turn. Without a proxy the load generator reaches ${direct.toFixed(0)} requests/s.`;
}
