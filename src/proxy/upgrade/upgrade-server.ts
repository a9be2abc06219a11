import { createServer, type IncomingMessage, type Server } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { breakOff } from "../break-off.ts";
import type { Door } from "../door.ts";
import type { Pools } from "../express/pools.ts";
import type { Reception } from "../reception.ts";
import { renderAnswer } from "../router-answer.ts";
import type { TrustedPeers } from "../trusted-peers.ts";
import { headerOf, replacing, requestHeaders, requestIdOf, withHeadersOf } from "./headers.ts";
import { targetFor } from "./target.ts";
import { Trip } from "./trip.ts";
import { UpgradeLane } from "./upgrade-lane.ts";
import type { Clocks } from "./upstream-request.ts";

type Decided = Reception & { readonly kind: "decided" };

/** A request for a WebSocket on its way from the express lane to the upgrade lane. */
interface Arrival {
  readonly decided: Decided;
  /** When its head had been read, in `performance.now()` milliseconds. */
  readonly startedAt: number;
}

/**
 * Where the express lane hands over a socket whose request asks for a WebSocket. A node:http server that listens nowhere
 * reads the head once more and gives http-proxy what it needs; the decision is already made.
 */
export class UpgradeServer {
  private readonly door: Door;
  private readonly pools: Pools;
  private readonly trustedPeers: TrustedPeers;
  private readonly lane: UpgradeLane;
  private readonly server: Server;
  private readonly arrivals = new WeakMap<Socket, Arrival>();
  private readonly sockets = new Map<Socket, Decided>();
  private onQuiet: (() => void) | undefined;

  constructor(door: Door, pools: Pools, trustedPeers: TrustedPeers, clocks: Clocks, lookup: LookupFunction) {
    this.door = door;
    this.pools = pools;
    this.trustedPeers = trustedPeers;
    this.lane = new UpgradeLane(clocks, lookup);
    // The express lane has judged the head's size already; here it only has to fit.
    this.server = createServer({ maxHeaderSize: 2 * 1024 * 1024 });
    this.server.on("upgrade", (request, socket, head) => this.onUpgrade(request, socket as Socket, head));
    // Both heads were read strictly, so neither happens; if they ever disagree, the request is not served.
    this.server.on("request", (request) => refuse(request.socket));
    this.server.on("clientError", (_error, socket) => refuse(socket as Socket));
  }

  get inFlight(): number {
    return this.sockets.size;
  }

  /** `socket` is paused, with the whole request put back into it. */
  take(socket: Socket, decided: Decided, startedAt: number): void {
    this.arrivals.set(socket, { decided, startedAt });
    this.sockets.set(socket, decided);
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.onQuiet?.();
    });
    this.server.emit("connection", socket);
    socket.resume();
  }

  /** Resolves when no socket is left. */
  quiet(): Promise<void> {
    return this.sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.onQuiet = resolve));
  }

  /** Breaks off those for whom `isMeant`. */
  abort(isMeant: (decided: Decided) => boolean): void {
    for (const [socket, decided] of this.sockets) if (isMeant(decided)) breakOff(socket);
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
  }

  private onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const arrival = this.arrivals.get(socket);
    if (arrival === undefined) {
      refuse(socket);
      return;
    }
    const { decided, startedAt } = arrival;
    const pool = this.pools.choose(decided.decision.version);
    pool.inFlight++;
    const requestId = requestIdOf(request.rawHeaders);
    const { method = "GET", url = "/" } = request;
    const { decision, labels } = decided;
    const { endpoint, tls } = pool;
    const secure = socket instanceof TLSSocket;
    const peer = this.trustedPeers.peerOf(socket);
    const path = url.replace(/\?.*/s, "");
    const header = (name: string) => headerOf(request.rawHeaders, name);
    const trace = this.door.tracing?.({ method, path, startedAt, secure, trusted: peer.trusted, header });
    trace?.ask(decision, endpoint, undefined, performance.now());
    const trip = new Trip(this.door, decision, labels, startedAt, (outcome) => {
      pool.inFlight--;
      if (outcome.failure !== undefined) pool.health.failed(outcome.failure, performance.now());
      this.door.access?.({ requestId, method, path, decision, labels, outcome });
      trace?.end({ requestId, decision, labels, outcome, model: undefined });
    });
    const context = { peer, host: endpoint.authority, secure, requestId };
    const delivery = this.pools.deliveryTo(decided.decision.version);
    const theirs = withHeadersOf(delivery, requestHeaders(request.rawHeaders, context));
    const headers = trace === undefined ? theirs : replacing(theirs, OF_TRACES, trace.headers());
    const target = targetFor(method, url, endpoint.prefix, delivery);
    this.lane.forward({ request, socket, head, trip, endpoint, tls, target, headers, requestId });
  }
}

const OF_TRACES = new Set(["traceparent", "tracestate"]);

function refuse(socket: Socket): void {
  const answer = { status: 400, code: "bad_upgrade", message: "This is not a WebSocket handshake; see RFC 6455 4.1." };
  socket.end(renderAnswer(answer, ""), () => socket.destroy());
}
