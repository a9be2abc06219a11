import { request } from "node:http";
import { connect, type LookupFunction, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { Version } from "../../routing/rules.ts";
import { isForWantOfRoom } from "../no-room.ts";
import type { Pool } from "./pool.ts";
import type { Pools } from "./pools.ts";

/** An endpoint that does not answer for so long is not well, in ms. */
const PATIENCE_MS = 2_000;

/**
 * Asks the endpoints of versions that have a `health` path how they are, each once in `everyMs` milliseconds. They are asked
 * at different moments, so that a thousand of them are not asked at once.
 * @param versions those of the rules in force.
 * @returns ends it.
 */
export function startProbes(
  versions: () => Iterable<Version>,
  pools: Pools,
  lookup: LookupFunction,
  everyMs: number,
): () => void {
  const waiting = new Map<Pool, NodeJS.Timeout>();
  let probed = new Set<Pool>();
  const ask = async (pool: Pool, path: string): Promise<void> => {
    const well = await isWell(pool, path, lookup);
    waiting.delete(pool);
    if (well !== undefined && probed.has(pool)) pool.health.probed(well);
  };
  const round = (): void => {
    const before = probed;
    probed = new Set();
    for (const version of versions()) {
      const { health } = version;
      if (health === undefined) continue;
      for (const pool of pools.deliveryTo(version).pools) {
        probed.add(pool);
        if (!waiting.has(pool)) waiting.set(pool, setTimeout(ask, Math.random() * everyMs, pool, health).unref());
      }
    }
    // Whom nobody asks any more, nobody could bring back.
    for (const pool of before) if (!probed.has(pool)) pool.health.probed(true);
  };
  const timer = setInterval(round, everyMs).unref();
  return () => {
    clearInterval(timer);
    for (const wait of waiting.values()) clearTimeout(wait);
  };
}

/** True for any answer below 400; undefined: this machine had no room to ask. Never rejects. */
function isWell(pool: Pool, path: string, lookup: LookupFunction): Promise<boolean | undefined> {
  const { authority, prefix } = pool.endpoint;
  const headers = { host: authority, "user-agent": "canary-router" };
  return new Promise((resolve) => {
    try {
      const asked = request({
        path: prefix + path,
        headers,
        createConnection: () => connectTo(pool, lookup),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      asked.on("error", (error) => resolve(isForWantOfRoom(error) ? undefined : false));
      asked.on("response", (answer) => {
        resolve((answer.statusCode ?? 500) < 400);
        // Nothing of what it says is needed.
        answer.on("error", () => undefined);
        asked.destroy();
      });
      asked.end();
    } catch {
      resolve(false);
    }
  });
}

/** @throws Error when it cannot be found out whom to believe. */
function connectTo({ endpoint, tls }: Pool, lookup: LookupFunction): Socket {
  const { hostname: host, port } = endpoint;
  if (tls === undefined) return connect({ host, port, lookup });
  const { servername } = tls;
  const secureContext = tls.secureContext();
  return connectSecurely({ host, port, lookup, secureContext, ...(servername === undefined ? {} : { servername }) });
}
