import { comparison, type Results, target, times } from "../comparison.ts";
import { checkPeer } from "../correctness.ts";
import { isInstalled, pinned } from "../machine.ts";
import { cpuTime } from "../process-cost.ts";
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
  missing: missingForPosts,
  run: async (plan) => {
    const { results, section } = await measurePosts(plan);
    const found = (key: string) =>
      `${times(results, "canary-router", "nginx", key)} ×, and ${times(results, "http-proxy", "canary-router", key)} × cheaper`;
    const measured = `${found("cpu")}; in the best rounds ${found("lowest")}`;
    return `${section}

${target("at most 1.35 × nginx's processor time a request, and at least 5 × cheaper than http-proxy", measured)}`;
  },
};

export function missingForPosts(): string | undefined {
  return isInstalled("wrk") && isInstalled("nginx")
    ? undefined
    : "it needs wrk and nginx (apt-get install wrk nginx-light)";
}

/** Sends as many small requests as each proxy carries, after having checked its answers. */
export async function measurePosts(plan: Plan): Promise<{ results: Results; section: string }> {
  const upstream = await startUpstream(plan.cores.others);
  try {
    return await withPeers(plan, upstream, "requests", async (running) => {
      for (const { name, port } of running) await checkPeer(name, port, CHAT_LOAD);
      const direct = await runWrk(CHAT_LOAD, { port: upstream.stable, seconds: 2, cores: plan.cores.others });
      const lowest = new Map<object, number>();
      const medians = await interleave(running, plan.rounds, async (peer) => {
        const sample = await measure(peer, plan);
        lowest.set(peer, Math.min(lowest.get(peer) ?? Infinity, sample.cpu));
        return sample;
      });
      const results = new Map(
        [...medians].map(([peer, sample]) => [peer, { ...sample, lowest: lowest.get(peer) ?? Number.NaN }]),
      );
      return { results, section: sectionOf(results, direct.perSecond, plan) };
    });
  } finally {
    await upstream.stop();
  }
}

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

function sectionOf(results: Results, direct: number, { rounds, seconds, cores }: Plan): string {
  const rows = comparison(results, [
    { head: "CPU µs/request", key: "cpu", digits: 1 },
    { head: "user", key: "user", digits: 1 },
    { head: "system", key: "system", digits: 1 },
    { head: "× nginx", key: "cpu" },
    { head: "lowest", key: "lowest", digits: 1 },
    { head: "× nginx", key: "lowest" },
    { head: "requests/s", key: "perSecond", digits: 0 },
    { head: "p50 ms", key: "p50", digits: 2 },
    { head: "p99 ms", key: "p99", digits: 2 },
  ]);
  return `${rows}

POST of ${Buffer.byteLength(CHAT_LOAD.body)} bytes, ${CHAT_LOAD.connections} connections, ${CHAT_LOAD.customers.count} customers; ${pinned(cores)};
median of ${rounds} rounds of ${seconds} s in turn, and the lowest of them, because other work on the machine only ever adds. Without a proxy the load generator reaches ${direct.toFixed(0)} requests/s.`;
}
