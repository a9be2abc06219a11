import { setTimeout as sleep } from "node:timers/promises";
import { comparison, target } from "../comparison.ts";
import { checkStream, openStreams, startStreamingModel } from "../load/streams.ts";
import { openFiles } from "../machine.ts";
import { memoryColumns, memorySample } from "../memory.ts";
import { residentMiB } from "../process-cost.ts";
import { interleave } from "../rounds.ts";
import { withPeers } from "../running-peers.ts";
import type { Workload } from "../workload.ts";

const STREAMS = 2000;
const EVERY = 2000;

/** How much memory streams take that are open and seldom say something: 2,000, an event each every 2 s. */
export const idleStreams: Workload = {
  name: "idle-streams",
  missing: () => undefined,
  run: async (plan) => {
    // The streams' both ends are in this process.
    const count = Math.min(STREAMS, Math.floor((openFiles(2 * STREAMS + 500) - 500) / 2));
    const model = await startStreamingModel(EVERY);
    try {
      return await withPeers(plan, model, "streams", async (running) => {
        for (const { name, port } of running) await checkStream(name, port);
        const results = await interleave(running, 1, async ({ name, port, pid }) => {
          const before = residentMiB(pid);
          const streams = await openStreams(port, count);
          try {
            await sleep(Math.max(EVERY, plan.seconds * 1000));
            const sample = memorySample(before, residentMiB(pid), count);
            const broken = streams.broken();
            if (broken !== undefined) throw new Error(`${name}: ${broken}`);
            plan.say(`  ${name}: ${sample.after.toFixed(0)} MiB`);
            return sample;
          } finally {
            streams.close();
          }
        });
        const ours = [...results].find(([{ name }]) => name === "canary-router")?.[1];
        return `${comparison(results, memoryColumns("stream"))}

${count} streams at once${count < STREAMS ? " (the limit of open files allows no more here)" : ""}, each an event of 100 bytes every ${EVERY / 1000} s; resident memory of all
processes of a proxy.

${target(`at most 200 MiB with ${STREAMS} streams`, `${ours?.["after"]?.toFixed(0) ?? "–"} MiB`)}`;
      });
    } finally {
      model.close();
    }
  },
};
