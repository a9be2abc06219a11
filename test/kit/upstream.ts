import { createHash } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { createServer as createRawServer, type Server, type Socket } from "node:net";
import { WebSocketServer } from "ws";

/** A small real server on a free port of 127.0.0.1. */
export interface Upstream {
  /** Its base URL, fit for a version's `endpoints`. */
  readonly url: string;
  readonly port: number;
  /** Connections taken so far. */
  accepted(): number;
  /** Connections that are open now. */
  open(): number;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** What an echo upstream saw of a request; it answers with this as JSON. */
export interface Seen {
  readonly method: string;
  /** Byte for byte, query included. */
  readonly url: string;
  /** Names (lower-case) and values in the order of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly length: number;
  readonly sha256: string;
  /** The body, where it is not over 4 KiB. */
  readonly body: string | undefined;
}

/** A well-behaved HTTP server that does what `listener` says. */
export function startHttp(listener: RequestListener): Promise<Upstream> {
  return start(createHttpServer(listener));
}

/** The same behind TLS; its URL names 127.0.0.1. */
export async function startHttps(certificate: ServerOptions, listener: RequestListener): Promise<Upstream> {
  const upstream = await start(createHttpsServer(certificate, listener));
  return { ...upstream, url: upstream.url.replace("http:", "https:") };
}

/**
 * A server of plain sockets: whatever `onSocket` writes goes out as it is. `allowHalfOpen`: the other side's end does not
 * end this one.
 */
export function startRaw(
  onSocket: (socket: Socket) => void,
  { allowHalfOpen = false }: { readonly allowHalfOpen?: boolean } = {},
): Promise<Upstream> {
  return start(createRawServer({ allowHalfOpen }, onSocket));
}

/** Answers each request with what it saw of it (`Seen`), once it has come whole. */
export function startEcho(): Promise<Upstream> {
  return startHttp(async (request, response) => {
    // Who breaks off a request wants no answer.
    const seen = await whatCame(request).catch(() => undefined);
    if (seen === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(seen));
  });
}

/** Takes connections and requests and never says a word. */
export function startSilent(): Promise<Upstream> {
  return startRaw((socket) => socket.resume());
}

/** Takes connections and never reads. */
export function startDeaf(): Promise<Upstream> {
  return startRaw((socket) => socket.pause());
}

/** Takes connections and resets each as soon as something comes. */
export function startResetting(): Promise<Upstream> {
  return startRaw((socket) => socket.once("data", () => socket.resetAndDestroy()));
}

/** Writes `answer` as soon as something comes, then does `then` (nothing: leaves the connection open). */
export function startAnswering(answer: string | Buffer, then?: "end" | "reset"): Promise<Upstream> {
  return startRaw((socket) =>
    socket.once("data", () => {
      socket.write(answer, "latin1", () => {
        if (then === "end") socket.end();
        // What has been written must leave first.
        if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 10);
      });
      socket.resume();
    }),
  );
}

/** A WebSocket server that sends back what it gets, with the path it was asked for as its first message. */
export function startWebSocketEcho(onRequest: (request: IncomingMessage) => void = () => {}): Promise<Upstream> {
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket, request) => {
    onRequest(request);
    socket.send(request.url ?? "");
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return start(server);
}

/** A base URL that refuses connections. */
export async function refusedUrl(): Promise<string> {
  const upstream = await startSilent();
  await upstream.close();
  return upstream.url;
}

async function whatCame(request: IncomingMessage): Promise<Seen> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    length += chunk.length;
    if (length <= 4096) kept.push(chunk);
  }
  const headers: [string, string][] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    headers.push([request.rawHeaders[i]?.toLowerCase() ?? "", request.rawHeaders[i + 1] ?? ""]);
  }
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers,
    length,
    sha256: hash.digest("hex"),
    body: length <= 4096 ? Buffer.concat(kept).toString("latin1") : undefined,
  };
}

async function start(server: Server): Promise<Upstream> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {}); // clients that leave are part of the play
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    accepted: () => accepted,
    open: () => sockets.size,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
