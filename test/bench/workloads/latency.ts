import { keepCoresAwake } from "../awake-cores.ts";
import { comparison, target } from "../comparison.ts";
import { checkPeer } from "../correctness.ts";
import { runConstantRate } from "../load/constant-rate-load.ts";
import { pinned } from "../machine.ts";
import { interleave, type Sample } from "../rounds.ts";
import { withPeers } from "../running-peers.ts";
import { startUpstream } from "../upstream.ts";
import type { Plan, Workload } from "../workload.ts";
import { runWrk } from "../wrk.ts";
import { CHAT_LOAD, missingForPosts } from "./small-post.ts";

export const PER_SECOND = 1000;
export const WARM_UP_SECONDS = 1;
const FULL_LOAD_SECONDS = 8;
const AWAKE = "With cores that are kept awake:";
const LEFT = "With cores that halt when they have nothing to do, as the machine has them:";

interface Contender {
  readonly name: string;
  readonly port: number;
}

/** What a proxy adds to the time of a small request when it has time enough: 1,000 requests a second, at a constant rate. */
export const latency: Workload = {
  name: "latency",
  missing: missingForPosts,
  run: async (plan) => {
    const upstream = await startUpstream(plan.cores.others);
    try {
      return await withPeers(plan, upstream, "requests", async (running) => {
        for (const { name, port } of running) {
          await checkPeer(name, port, CHAT_LOAD);
          // At this rate a program that compiles what it does often would be at it all the time that is measured.
          await runWrk(CHAT_LOAD, { port, seconds: FULL_LOAD_SECONDS, cores: plan.cores.others });
        }
        const contenders = [{ name: "direct", port: upstream.stable }, ...running];
        const left = await compare(contenders, plan);
        const stopWaking = keepCoresAwake();
        const awake = stopWaking && (await compare(contenders, plan).finally(stopWaking));
        const tables = awake === undefined ? left.rows : `${AWAKE}\n\n${awake.rows}\n\n${LEFT}\n\n${left.rows}`;
        const added =
          awake === undefined ? left.added : `${awake.added} with cores awake, ${left.added} with halting ones`;
        return `${tables}

${PER_SECOND} requests a second whatever becomes of those before, over ${CHAT_LOAD.connections} connections; ${pinned(plan.cores)}; median of ${plan.rounds} rounds
of ${plan.seconds} s in turn. The time of a request runs from when it was due, so that a pause counts for all that it made wait;
how late the generator itself sent is part of it, with and without a proxy. Each has carried all it can for ${FULL_LOAD_SECONDS} s before.

${target("at most 0.15 ms added at p50 and 1 ms at p99", added)}`;
      });
    } finally {
      await upstream.stop();
    }
  },
};

async function compare(contenders: readonly Contender[], plan: Plan): Promise<{ rows: string; added: string }> {
  const measured = await interleave(contenders, plan.rounds, (peer) => measureLatency(peer, plan));
  const base = [...measured].find(([{ name }]) => name === "direct")?.[1];
  const results = new Map([...measured].map(([peer, sample]) => [peer, withAdded(sample, base)]));
  const rows = comparison(results, [
    { head: "p50 ms", key: "p50", digits: 3 },
    { head: "p99 ms", key: "p99", digits: 3 },
    { head: "added p50 ms", key: "addedP50", digits: 3 },
    { head: "added p99 ms", key: "addedP99", digits: 3 },
    { head: "sent late p99 ms", key: "late", digits: 3 },
  ]);
  const ours = [...results].find(([{ name }]) => name === "canary-router")?.[1];
  const inMs = (key: string) => ours?.[key]?.toFixed(2) ?? "–";
  return { rows, added: `${inMs("addedP50")} ms and ${inMs("addedP99")} ms` };
}

/** The times of small requests at that rate. */
export async function measureLatency({ name, port }: Contender, { seconds, cores, say }: Plan) {
  const rate = { port, perSecond: PER_SECOND, warmUpSeconds: WARM_UP_SECONDS, seconds, cores: cores.others };
  const measured = await runConstantRate(rate);
  say(`  ${name}: p50 ${measured.p50.toFixed(3)} ms, p99 ${measured.p99.toFixed(3)} ms`);
  return measured;
}

function withAdded(sample: Sample, base: Sample | undefined): Sample {
  const above = (key: string) => (sample[key] ?? Number.NaN) - (base?.[key] ?? Number.NaN);
  return { ...sample, addedP50: above("p50"), addedP99: above("p99") };
}
