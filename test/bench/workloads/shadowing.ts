import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "../child.ts";
import { comparison } from "../comparison.ts";
import { checkPeer } from "../correctness.ts";
import { pinned } from "../machine.ts";
import { routerWith } from "../peers/ours.ts";
import { cpuTime, residentMiB } from "../process-cost.ts";
import { interleave } from "../rounds.ts";
import { type RunningPeer, withPeers } from "../running-peers.ts";
import { startUpstream } from "../upstream.ts";
import type { Plan, Workload } from "../workload.ts";
import { runWrk } from "../wrk.ts";
import { measureLatency, PER_SECOND, WARM_UP_SECONDS } from "./latency.ts";
import { CHAT_LOAD, missingForPosts } from "./small-post.ts";

/** What a shadow costs those who wait for an answer: at a constant rate, with copies of none, some and all, and a bad shadow. */
export const shadowing: Workload = {
  name: "shadow",
  document: "docs/shadow.md",
  missing: missingForPosts,
  run: async (plan) => {
    const upstream = await startUpstream(plan.cores.others);
    const hung = createServer((socket) => socket.resume().on("error", () => {})).listen(0, "127.0.0.1");
    await once(hung, "listening");
    const address = hung.address();
    const hungPort = typeof address === "object" && address !== null ? address.port : 0;
    const [good, dead] = [upstream.candidate, await freePort()];
    const peers = [
      peer("no shadow"),
      peer("10 % copied", shadowLines(good, "10%")),
      peer("100 % copied", shadowLines(good, "100%")),
      peer("100 %, answers compared as text", `${shadowLines(good, "100%")}    compare: text\n`),
      peer("100 %, the shadow never answers", shadowLines(hungPort, "100%")),
      peer("100 %, the shadow takes no connection", shadowLines(dead, "100%")),
    ];
    try {
      return await withPeers({ ...plan, peers }, upstream, "requests", async (running) => {
        for (const { name, port } of running) {
          await checkPeer(name, port, CHAT_LOAD);
          await runWrk(CHAT_LOAD, { port, seconds: 2, cores: plan.cores.others });
        }
        const results = await interleave(running, plan.rounds, (one) => measure(one, plan), lowest);
        const rows = comparison(results, [
          { head: "p50 ms", key: "p50", digits: 3 },
          { head: "p99 ms", key: "p99", digits: 3 },
          { head: "CPU µs/request", key: "cpu", digits: 0 },
          { head: "copied %", key: "copied", digits: 0 },
          { head: "dropped %", key: "dropped", digits: 0 },
          { head: "resident MiB", key: "resident", digits: 0 },
        ]);
        return `${rows}

What clients wait for an answer: POST of ${Buffer.byteLength(CHAT_LOAD.body)} bytes, ${PER_SECOND} requests a second at a constant rate over ${CHAT_LOAD.connections} connections, ten
rules; ${pinned(plan.cores)}, the shadow's server beside the stable one's on the other; each number is the lowest of ${plan.rounds} rounds of ${plan.seconds} s
in turn, because other work on the machine only ever adds to the times (and costs copies, which are dropped while the router is late). The processor time is all of the router's, copies and the thread that compares among it.`;
      });
    } finally {
      hung.close();
      await upstream.stop();
    }
  },
};

function lowest(values: readonly number[]): number {
  return Math.min(...values);
}

function peer(name: string, more = "") {
  return routerWith("path: /v1/chat/completions", more, name);
}

function shadowLines(port: number, share: string): string {
  return `    sandbox: [{ version: tried, endpoints: ["http://127.0.0.1:${port}"] }]
    shadow: { version: tried, share: ${share} }
`;
}

async function measure(running: RunningPeer, plan: Plan) {
  const [before, counted] = [cpuTime(running.pid), await copies(running)];
  const { p50, p99 } = await measureLatency(running, plan);
  const [after, now] = [cpuTime(running.pid), await copies(running)];
  const requests = PER_SECOND * (WARM_UP_SECONDS + plan.seconds);
  const cpu = (after.user + after.system - before.user - before.system) / requests;
  const part = (some: number) => (100 * some) / requests;
  const [copied, dropped] = [part(now.sent - counted.sent), part(now.dropped - counted.dropped)];
  return { p50, p99, cpu, copied, dropped, resident: residentMiB(running.pid) };
}

/** How many the router has sent, and not sent, so far. */
async function copies({ admin }: RunningPeer): Promise<{ readonly sent: number; readonly dropped: number }> {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const sum = (name: string) => {
    const found = [...text.matchAll(new RegExp(`^canary_router_shadow_${name}\\{.*\\} (\\d+)$`, "gm"))];
    return found.reduce((all, [, count]) => all + Number(count), 0);
  };
  return { sent: sum("requests_total") + sum("in_flight"), dropped: sum("dropped_total") };
}
