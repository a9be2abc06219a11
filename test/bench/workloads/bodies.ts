import { setTimeout as sleep } from "node:timers/promises";
import { comparison, type Results, target, times } from "../comparison.ts";
import { BODY, checkBodies, type LargeModel, MIB, startLargeModel } from "../load/large-bodies.ts";
import { openClients, type RawClient, rawHead } from "../load/raw-client.ts";
import { pinned } from "../machine.ts";
import { cpuTime } from "../process-cost.ts";
import { interleave } from "../rounds.ts";
import { withPeers } from "../running-peers.ts";
import type { Plan, Workload } from "../workload.ts";
import { CHAT_LOAD } from "./small-post.ts";

const CONNECTIONS = 8;
const WARM_UP_MS = 300;

/** One way of a body. */
interface Direction {
  readonly name: string;
  readonly request: readonly Buffer[];
  /** Bytes that have come through so far. */
  moved(clients: readonly RawClient[], model: LargeModel): number;
}

const HEADERS = { ...CHAT_LOAD.headers, "x-customer-id": `${CHAT_LOAD.customers.prefix}1` };
const DIRECTIONS: readonly Direction[] = [
  {
    name: "upload",
    request: [rawHead("POST", CHAT_LOAD.path, BODY.length, HEADERS), BODY],
    moved: (_, model) => model.received(),
  },
  {
    name: "download",
    request: [rawHead("GET", CHAT_LOAD.path, 0, HEADERS)],
    moved: (clients) => clients.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  },
];

/** How fast large bodies pass, and what that costs: 8 MiB up and down, 8 at once. */
export const bodies: Workload = {
  name: "bodies",
  missing: () => undefined,
  run: async (plan) => {
    const model = await startLargeModel();
    try {
      return await withPeers(plan, model, "bodies", async (running) => {
        for (const { name, port } of running)
          await checkBodies(name, `http://127.0.0.1:${port}${CHAT_LOAD.path}`, HEADERS);
        const direct = { name: "without a proxy", port: model.stable, pid: undefined };
        const parts: string[] = [];
        for (const direction of DIRECTIONS) {
          const results = await interleave([...running, direct], plan.rounds, (peer) =>
            measure(peer, direction, model, plan),
          );
          parts.push(partOf(direction, results));
        }
        return `${parts.join("\n\n")}

Bodies of ${BODY.length / MIB} MiB, ${CONNECTIONS} at once; ${pinned(plan.cores)}; median of ${plan.rounds} rounds of ${plan.seconds / 2} s in turn. Where a
proxy's core is not busy, the load and the model on the other one are what is slow, and the processor time tells more.`;
      });
    } finally {
      model.close();
    }
  },
};

async function measure(
  { name, port, pid }: { readonly name: string; readonly port: number; readonly pid: number | undefined },
  { name: way, request, moved }: Direction,
  model: LargeModel,
  { seconds, say }: Plan,
) {
  const clients = await openClients(port, CONNECTIONS);
  let over = false;
  const loops = clients.map(async (client) => {
    while (!over) await client.exchange(...request);
  });
  const timed = async () => {
    const cost = () => (pid === undefined ? { user: 0, system: 0 } : cpuTime(pid));
    await sleep(WARM_UP_MS);
    const [before, from, startedAt] = [cost(), moved(clients, model), performance.now()];
    await sleep(seconds * 500);
    const [after, to, elapsed] = [cost(), moved(clients, model), (performance.now() - startedAt) / 1000];
    over = true;
    const mib = (to - from) / MIB;
    const user = (after.user - before.user) / mib;
    const system = (after.system - before.system) / mib;
    return { rate: mib / elapsed, cpu: user + system, user, system, busy: ((user + system) * mib) / (elapsed * 1e4) };
  };
  try {
    const [sample] = await Promise.all([timed(), ...loops]);
    say(`  ${way}, ${name}: ${sample.rate.toFixed(0)} MiB/s, ${sample.cpu.toFixed(0)} µs CPU a MiB`);
    return sample;
  } finally {
    for (const client of clients) client.close();
  }
}

function partOf({ name }: Direction, results: Results): string {
  const rows = comparison(results, [
    { head: "MiB/s", key: "rate", digits: 0 },
    { head: "× nginx", key: "rate" },
    { head: "CPU µs/MiB", key: "cpu", digits: 0 },
    { head: "user", key: "user", digits: 0 },
    { head: "system", key: "system", digits: 0 },
    { head: "× nginx", key: "cpu" },
    { head: "its core busy %", key: "busy", digits: 0 },
  ]);
  const measured = `${times(results, "canary-router", "nginx", "rate")} ×`;
  return `As ${name}s:

${rows}

${target(`${name}s at least 0.8 × as fast as through nginx`, measured)}`;
}
