import { Pool } from "undici";

/** What a load balancer is to two or more replicas: each request goes to the next one. */
export interface Front {
  /** Status and body. Rejects when the request is lost. `body`: POSTs it, else GETs. */
  ask(path: string, body?: string): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

/**
 * Keeps connections alive, and does what every balancer may: a request for which a replica takes no connection goes to the
 * next, as nothing of it has been sent. What was sent and lost is lost.
 */
export function frontOf(urls: readonly string[]): Front {
  const pools = urls.map((url) => new Pool(url, { connections: 8, connectTimeout: 1_000 }));
  let turn = 0;
  return {
    async ask(path, body) {
      const first = turn++;
      for (let tried = 0; ; ) {
        const pool = pools[(first + tried) % pools.length];
        try {
          const request = { path, method: body === undefined ? "GET" : "POST", body: body ?? null } as const;
          const answer = await (pool ?? fail()).request(request);
          return { status: answer.statusCode, text: await answer.body.text() };
        } catch (error) {
          if (!isUnsent(error) || ++tried === pools.length) throw error;
        }
      }
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.destroy()))),
  };
}

function fail(): never {
  throw new RangeError("a front without replicas");
}

function isUnsent(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && /^(ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/.test(String(error.code))
  );
}
