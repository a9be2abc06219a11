import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { RequestHead } from "../routing/facts.ts";
import type { Door, Lane } from "./door.ts";
import { Endpoints } from "./endpoints.ts";
import { headerOf, requestFraming, requestHeaders, requestIdOf } from "./headers.ts";
import { PlainForward, sendAnswer } from "./plain-forward.ts";
import { type Reception, receive } from "./reception.ts";
import { reinject } from "./reinject.ts";
import { type RouterAnswer, renderMessage } from "./router-answer.ts";
import { Trip } from "./trip.ts";
import { type Peer, TrustedPeers } from "./trusted-peers.ts";
import { UpgradeLane, wantsWebSocket } from "./upgrade-lane.ts";
import type { Clocks } from "./upstream-request.ts";

export interface HttpLaneSettings extends Clocks {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Addresses or CIDRs of the peers whose word on customers, `x-canary` and `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
}

/** Listens on `node:http` and forwards with http-proxy. Rejects when it cannot listen or a network is no network. */
export async function startHttpLane(door: Door, settings: HttpLaneSettings): Promise<Lane> {
  const lane = new HttpLane(door, settings);
  await lane.listen(settings.host, settings.port);
  return lane;
}

interface Connection {
  readonly peer: Peer;
  /** Its requests that have been decided and not ended. */
  open: number;
}

class HttpLane implements Lane {
  readonly #door: Door;
  readonly #trusted: TrustedPeers;
  readonly #endpoints = new Endpoints();
  readonly #plain: PlainForward;
  readonly #upgrades: UpgradeLane;
  readonly #server: Server;
  readonly #connections = new Map<Socket, Connection>();
  #inFlight = 0;
  #quiet: (() => void) | undefined;

  constructor(door: Door, settings: HttpLaneSettings) {
    this.#door = door;
    this.#trusted = new TrustedPeers(settings.trustedProxies);
    this.#plain = new PlainForward(settings);
    this.#upgrades = new UpgradeLane(settings);
    this.#server = createServer({
      noDelay: true,
      maxHeaderSize: 32 * 1024,
      headersTimeout: 30_000,
      requestTimeout: 0, // an upload may take as long as it moves
      keepAliveTimeout: 75_000, // longer than the 60 s of usual load balancers, which then close first
    });
    this.#server.on("connection", (socket) => this.#connected(socket));
    this.#server.on("request", (request, response) => this.#plainRequest(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgradeRequest(request, socket as Socket, head));
    this.#server.on("clientError", (error, socket) => this.#unreadable(error, socket as Socket));
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  inFlight(): number {
    return this.#inFlight;
  }

  async drain(ms: number): Promise<void> {
    this.#server.close();
    this.#server.closeIdleConnections();
    if (this.#inFlight > 0) {
      const quiet = new Promise<void>((resolve) => {
        this.#quiet = resolve;
      });
      await Promise.race([quiet, pause(ms, undefined, { ref: false })]);
    }
    await Promise.all(
      [...this.#connections.keys()].map((socket) => {
        socket.destroy();
        return once(socket, "close");
      }),
    );
    this.#plain.close();
    this.#upgrades.close();
  }

  readonly #closing = (): boolean => !this.#server.listening;

  #connected(socket: Socket): void {
    if (this.#connections.has(socket)) return;
    socket.setMaxListeners(0); // each pipelined request listens for its end
    this.#connections.set(socket, { peer: this.#trusted.peerOf(socket), open: 0 });
    socket.once("close", () => this.#connections.delete(socket));
  }

  #plainRequest(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.rawHeaders);
    const connection = this.#connectionOf(request.socket);
    const reception = this.#receive(request, connection);
    if (reception.kind === "refused") {
      if (reception.answer.status === 400 || this.#closing()) response.shouldKeepAlive = false;
      sendAnswer(response, reception.answer, ["x-request-id", requestId]);
      return;
    }
    const { trip, endpoint } = this.#begin(reception, connection, startedAt);
    const headers = requestHeaders(request.rawHeaders, { peer: connection.peer, host: endpoint.authority, requestId });
    headers.push(...requestFraming(request.rawHeaders, request.method ?? ""));
    this.#plain.forward({ request, response, trip, endpoint, headers, requestId, closing: this.#closing });
  }

  #upgradeRequest(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!wantsWebSocket(request)) {
      reinject(this.#server, request, socket, head);
      return;
    }
    const startedAt = performance.now();
    const requestId = requestIdOf(request.rawHeaders);
    const connection = this.#connectionOf(socket);
    const reception = this.#receive(request, connection);
    if (reception.kind === "refused") {
      endWith(socket, reception.answer, requestId);
      return;
    }
    const { trip, endpoint } = this.#begin(reception, connection, startedAt);
    const headers = requestHeaders(request.rawHeaders, { peer: connection.peer, host: endpoint.authority, requestId });
    this.#upgrades.forward({ request, socket, head, trip, endpoint, headers, requestId });
  }

  #receive(request: IncomingMessage, connection: Connection): Reception {
    const wrong = whatIsWrongWith(request);
    if (wrong !== undefined) return { kind: "refused", answer: badRequest(wrong) };
    return receive(this.#door, headOf(request), connection.peer.trusted);
  }

  #begin({ decision, labels }: Reception & { kind: "decided" }, connection: Connection, startedAt: number) {
    const endpoint = this.#endpoints.pick(decision.version);
    this.#inFlight++;
    connection.open++;
    endpoint.inFlight++;
    const trip = new Trip(this.#door, decision, labels, startedAt, () => {
      this.#inFlight--;
      connection.open--;
      endpoint.inFlight--;
      if (this.#inFlight === 0) this.#quiet?.();
    });
    return { trip, endpoint };
  }

  /** What came is no request, or came too slowly. */
  #unreadable(error: Error & { code?: string }, socket: Socket): void {
    if (!socket.writable || this.#connectionOf(socket).open > 0) {
      socket.destroy();
      return;
    }
    endWith(socket, answerTo(error.code), undefined);
  }

  #connectionOf(socket: Socket): Connection {
    return this.#connections.get(socket) ?? { peer: this.#trusted.peerOf(socket), open: 0 };
  }
}

function endWith(socket: Socket, answer: RouterAnswer, requestId: string | undefined): void {
  socket.on("error", () => {});
  socket.end(renderMessage(answer, ["x-request-id", requestId ?? requestIdOf([])]), () => socket.destroy());
}

function answerTo(code: string | undefined): RouterAnswer {
  if (code === "HPE_HEADER_OVERFLOW") {
    return { status: 431, code: "head_too_large", message: "The request's head is over 32 KiB; send fewer headers." };
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return { status: 408, code: "head_timeout", message: "The request's head did not come within 30 s." };
  }
  return badRequest(`What came is not HTTP/1.1 (${code ?? "unknown"}).`);
}

function badRequest(message: string): RouterAnswer {
  return { status: 400, code: "bad_request", message };
}

/** What node:http lets pass and must not be forwarded. */
function whatIsWrongWith(request: IncomingMessage): string | undefined {
  const coding = headerOf(request.rawHeaders, "transfer-encoding");
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || request.httpVersion !== "1.1")) {
    return `Transfer-Encoding "${coding}" is not understood; send the body with a Content-Length or as chunked.`;
  }
  if (!request.url?.startsWith("/")) return `The target "${request.url}" is not a path; begin it with a slash.`;
  return undefined;
}

function headOf(request: IncomingMessage): RequestHead {
  const { url = "/", method = "", rawHeaders } = request;
  const query = url.indexOf("?");
  return {
    method,
    path: query < 0 ? url : url.slice(0, query),
    header: (name) => headerOf(rawHeaders, name),
  };
}
