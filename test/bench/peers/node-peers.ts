import { join } from "node:path";
import { startChild } from "../child.ts";
import { answers, type Peer } from "../peer.ts";

export const httpProxyPeer = nodePeer("http-proxy");
export const undiciPeer = nodePeer("undici");

/** A proxy made of a library from npm, run as a process of its own. */
function nodePeer(name: string): Peer {
  const script = join(import.meta.dirname, `${name}-process.js`);
  return {
    name,
    missing: () => undefined,
    start: ({ port, stable, candidate, cores }) => {
      const command = [process.execPath, script, `${port}`, `${stable}`, `${candidate}`] as const;
      return startChild(command, { cores, ready: () => answers(`http://127.0.0.1:${port}/`) });
    },
  };
}
