import { freePort } from "./child.ts";
import type { Traffic } from "./peer.ts";
import { tempDir } from "./temp-dir.ts";
import type { Plan } from "./workload.ts";

export interface RunningPeer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly admin?: number;
}

/** The ports of both versions of a model. */
export interface Versions {
  readonly stable: number;
  readonly candidate: number;
}

/** Starts every peer that is here in front of one upstream, and stops them when `use` is done. */
export async function withPeers<T>(
  plan: Plan,
  { stable, candidate }: Versions,
  traffic: Traffic,
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
      const child = await peer.start({ port, stable, candidate, traffic, dir, cores: plan.cores.proxy });
      running.push({ name: peer.name, port, ...child });
    }
    return await use(running);
  } finally {
    await Promise.all(running.map(({ stop }) => stop()));
  }
}
