import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

export interface AdminServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** Rejects when it cannot listen there. `port` 0: any free one. */
export async function startAdmin(app: RequestListener, host: string, port: number): Promise<AdminServer> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 }, app);
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
