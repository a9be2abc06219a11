import { setTimeout as sleep } from "node:timers/promises";
import { comparison, target, times } from "../comparison.ts";
import { checkStream, openStreams, startStreamingModel } from "../load/streams.ts";
import { pinned } from "../machine.ts";
import { cpuTime } from "../process-cost.ts";
import { interleave } from "../rounds.ts";
import { type RunningPeer, withPeers } from "../running-peers.ts";
import type { Plan, Workload } from "../workload.ts";

const STREAMS = 128;
/** Milliseconds between events of one stream. Together 12,800 a second, which no proxy's core is too slow for. */
const EVERY = 10;

/** What a small chunk of a streamed answer costs: 128 streams, an event of 100 bytes each every 10 ms. */
export const sse: Workload = {
  name: "sse",
  missing: () => undefined,
  run: async (plan) => {
    const model = await startStreamingModel(EVERY);
    try {
      return await withPeers(plan, model, "streams", async (running) => {
        for (const { name, port } of running) await checkStream(name, port);
        const results = await interleave(running, plan.rounds, (peer) => measure(peer, plan));
        const rows = comparison(results, [
          { head: "CPU µs/event", key: "cpu", digits: 1 },
          { head: "user", key: "user", digits: 1 },
          { head: "system", key: "system", digits: 1 },
          { head: "× nginx", key: "cpu" },
          { head: "events/s", key: "perSecond", digits: 0 },
          { head: "its core busy %", key: "busy", digits: 0 },
        ]);
        return `${rows}

${STREAMS} streams, each an event of 100 bytes every ${EVERY} ms; ${pinned(plan.cores)}; median of ${plan.rounds} rounds of ${plan.seconds} s in turn.

${target("at most 1.6 × nginx's processor time an event", `${times(results, "canary-router", "nginx", "cpu")} ×`)}`;
      });
    } finally {
      model.close();
    }
  },
};

async function measure({ name, port, pid }: RunningPeer, { seconds, say }: Plan) {
  const streams = await openStreams(port, STREAMS);
  try {
    await sleep(1000);
    const [before, receivedBefore, startedAt] = [cpuTime(pid), streams.received(), performance.now()];
    await sleep(seconds * 1000);
    const [after, received] = [cpuTime(pid), streams.received() - receivedBefore];
    const elapsed = (performance.now() - startedAt) / 1000;
    const broken = streams.broken();
    if (broken !== undefined) throw new Error(`${name}: ${broken}`);
    const user = (after.user - before.user) / received;
    const system = (after.system - before.system) / received;
    const cpu = user + system;
    say(`  ${name}: ${cpu.toFixed(1)} µs CPU an event, ${(received / elapsed).toFixed(0)} events/s`);
    return { cpu, user, system, perSecond: received / elapsed, busy: (100 * cpu * received) / (elapsed * 1e6) };
  } finally {
    streams.close();
  }
}
