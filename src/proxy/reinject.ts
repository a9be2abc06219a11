import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Gives a request back to the server as a plain one, without the upgrade it offers. Clients such as Java's send
 * `Upgrade: h2c` with every first request and are content to be served without; node:http offers no way to decline.
 */
export function reinject(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  let text = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const lower = name.toLowerCase();
    if (lower === "upgrade" || lower === "http2-settings") continue;
    const value = rawHeaders[i + 1] ?? "";
    text += `${name}: ${lower === "connection" ? withoutUpgrade(value) : value}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

function withoutUpgrade(connection: string): string {
  return connection
    .split(",")
    .filter((name) => !/^\s*(upgrade|http2-settings)\s*$/i.test(name))
    .join(",");
}
