import { freePort } from "./child.ts";
import { tempDir } from "./temp-dir.ts";
import type { Upstream } from "./upstream.ts";
import type { Plan } from "./workload.ts";

export interface RunningPeer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

/** Starts every peer that is here in front of one upstream, and stops them when `use` is done. */
export async function withPeers<T>(
  plan: Plan,
  upstream: Upstream,
  use: (running: readonly RunningPeer[]) => Promise<T>,
): Promise<T> {
  const running: (RunningPeer & { stop(): Promise<void> })[] = [];
  try {
    for (const peer of plan.peers) {
      const missing = peer.missing();
      if (missing !== undefined) {
        plan.say(`without ${peer.name}: ${missing}`);
        continue;
      }
      const dir = tempDir("peer");
      const port = await freePort();
      const { stable, candidate } = upstream;
      const child = await peer.start({ port, stable, candidate, dir, cores: plan.cores.proxy });
      running.push({ name: peer.name, port, ...child });
    }
    return await use(running);
  } finally {
    await Promise.all(running.map(({ stop }) => stop()));
  }
}
