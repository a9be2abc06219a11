import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { Versions } from "../running-peers.ts";

/** Both versions of a model in this process, which answer alike. */
export interface LocalModel extends Versions {
  close(): void;
}

export async function startModel(listener: RequestListener): Promise<LocalModel> {
  const servers = [
    createServer({ keepAliveTimeout: 75_000 }, listener),
    createServer({ keepAliveTimeout: 75_000 }, listener),
  ];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 });
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  const [stable = 0, candidate = 0] = ports;
  const close = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { stable, candidate, close };
}
