import type { ClientRequest, IncomingMessage } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import httpProxy from "http-proxy";
import type { ExchangeFailure } from "../../routing/outcome.ts";
import { breakOff } from "../break-off.ts";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointTls } from "../endpoint-tls.ts";
import { failureAnswer } from "../failure-answers.ts";
import { isForWantOfRoom, NO_ROOM } from "../no-room.ts";
import { type RouterAnswer, renderAnswer } from "../router-answer.ts";
import { Clock } from "./clock.ts";
import { failureOf } from "./failure-of.ts";
import { decisionHeaders, linesOf, responseHeaders } from "./headers.ts";
import type { Trip } from "./trip.ts";
import { agentFor, type Clocks, targetOf, whenConnected, writeHead } from "./upstream-request.ts";

/** A decided request for a WebSocket. */
interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came after the request's head in the same packet. */
  readonly head: Buffer;
  readonly trip: Trip;
  readonly endpoint: Endpoint;
  /** undefined: the endpoint does not speak TLS. */
  readonly tls: EndpointTls | undefined;
  /** Path and query that the endpoint is asked for. */
  readonly target: string;
  /** What the endpoint is told, without those that ask for the upgrade; names and values in turn. */
  readonly headers: readonly string[];
  readonly requestId: string;
}

/** Joins a client's socket to an endpoint's once the endpoint has agreed to switch protocols. */
export class UpgradeLane {
  readonly #clocks: Clocks;
  readonly #lookup: LookupFunction;
  readonly #proxy = httpProxy.createProxyServer({ toProxy: true, ignorePath: true });
  readonly #tunnels = new WeakMap<IncomingMessage, Tunnel>();

  constructor(clocks: Clocks, lookup: LookupFunction) {
    this.#clocks = clocks;
    this.#lookup = lookup;
    this.#proxy.on("proxyReqWs", (asking, request) => this.#tunnels.get(request)?.ask(asking));
  }

  /** Takes the socket over; it ends the trip when the socket has closed. */
  forward(upgrade: UpgradeRequest): void {
    const { request, socket, head, endpoint, tls } = upgrade;
    const tunnel = new Tunnel(upgrade, this.#clocks);
    this.#tunnels.set(request, tunnel);
    request.headers = { upgrade: "websocket", connection: "Upgrade" }; // what http-proxy looks at; the rest is ours to send
    try {
      const options = { target: targetOf(endpoint), agent: agentFor(tls, this.#lookup) };
      this.#proxy.ws(request, socket, head, options, (error) => tunnel.upstreamFailed(error));
    } catch (error) {
      tunnel.upstreamFailed(error);
    }
  }
}

class Tunnel {
  readonly #upgrade: UpgradeRequest;
  readonly #clocks: Clocks;
  readonly #clock = new Clock();
  #asking: ClientRequest | undefined;
  #upstream: Socket | undefined;
  #connected = false;
  #answered = false;

  constructor(upgrade: UpgradeRequest, clocks: Clocks) {
    this.#upgrade = upgrade;
    this.#clocks = clocks;
    const { socket } = upgrade;
    // http-proxy listens only once the endpoint has answered: a reset before that would end the process.
    socket.on("error", () => {});
    socket.on("close", () => this.#end());
    // What the client sends stays in the socket until the endpoint has agreed; its end shows nevertheless.
    socket.on("end", this.#leftEarly);
  }

  ask(asking: ClientRequest): void {
    const { target, trip, endpoint, headers } = this.#upgrade;
    this.#asking = asking;
    asking.on("upgrade", (answer, upstream) => this.#switch(answer, upstream));
    asking.on("response", (answer) => this.#refuse(answer));
    asking.on("socket", () => {
      asking.on("upgrade", () => this.#watch());
      this.#clock.start(this.#clocks.connectTimeout, () => this.#fail("connect_timeout"));
      whenConnected(asking, endpoint.secure, () => {
        this.#connected = true;
        this.#clock.start(this.#clocks.firstByteTimeout, () => this.#fail("first_byte_timeout"));
      });
    });
    writeHead(asking, target, [...headers, "Connection", "Upgrade", "Upgrade", "websocket"]);
    trip.asked();
  }

  upstreamFailed(error: unknown): void {
    if (this.#answered) this.#breakOff();
    else if (isForWantOfRoom(error)) this.#answerInstead(NO_ROOM);
    else this.#fail(failureOf(error, this.#asking, this.#connected));
  }

  /** Runs before http-proxy's own listener, which writes the headers left here and joins the sockets. */
  #switch(answer: IncomingMessage, upstream: Socket): void {
    const { socket } = this.#upgrade;
    this.#upstream = upstream;
    this.#answer(answer, 101, ["Connection", "Upgrade", "Upgrade", "websocket"]);
    if (socket.destroyed) {
      upstream.destroy();
      return;
    }
    socket.off("end", this.#leftEarly);
  }

  /** Runs after http-proxy has joined the sockets: an earlier `data` listener would get the first bytes for itself. */
  #watch(): void {
    const { socket } = this.#upgrade;
    this.#clock.start(this.#clocks.idleTimeout, () => socket.destroy()); // both are silent: nobody's failure
    socket.on("data", () => this.#clock.touch());
    this.#upstream?.on("data", () => this.#clock.touch());
  }

  /** The endpoint's own answer instead of a switch; http-proxy writes the headers left here and pipes the body. */
  #refuse(answer: IncomingMessage): void {
    const { socket } = this.#upgrade;
    this.#answer(answer, answer.statusCode ?? 502, ["Connection", "close"]);
    answer.on("error", () => {});
    answer.on("close", () => {
      if (!answer.complete) this.#breakOff();
    });
    socket.resume(); // what the client sends now goes nowhere
    this.#clock.start(this.#clocks.idleTimeout, () => socket.destroy());
    answer.on("data", () => this.#clock.touch());
  }

  #answer(answer: IncomingMessage, status: number, more: readonly string[]): void {
    const { trip, requestId } = this.#upgrade;
    this.#answered = true;
    trip.answered(status);
    answer.headers = asRecord([...responseHeaders(answer.rawHeaders, trip.decision, requestId), ...more]);
  }

  #fail(failure: ExchangeFailure): void {
    const answer = failureAnswer(failure, this.#upgrade.trip.decision);
    this.#answerInstead(answer, failure);
  }

  #answerInstead(answer: RouterAnswer, failure?: ExchangeFailure): void {
    const { socket, trip, requestId } = this.#upgrade;
    if (this.#answered || socket.destroyed) return;
    this.#answered = true;
    trip.refused(answer.status, failure);
    this.#asking?.destroy();
    socket.end(renderAnswer(answer, linesOf([...decisionHeaders(trip.decision), "x-request-id", requestId])));
    socket.resume(); // what the client sends now goes nowhere
    this.#clock.start(this.#clocks.idleTimeout, () => socket.destroy());
  }

  /** The endpoint broke what had begun: the client must not take it for a proper end. */
  #breakOff(): void {
    const { socket, trip } = this.#upgrade;
    if (trip.over || socket.destroyed) return;
    trip.failed("truncated");
    breakOff(socket);
  }

  readonly #leftEarly = (): void => {
    if (!this.#answered) this.#upgrade.socket.destroy();
  };

  #end(): void {
    this.#clock.stop();
    this.#asking?.destroy();
    this.#upstream?.destroy();
    this.#upgrade.trip.end();
  }
}

/** http-proxy writes heads as UTF-8: what came as bytes must be text before. */
function asRecord(headers: readonly string[]): Record<string, string | string[]> {
  const record = new Map<string, string | string[]>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const value = Buffer.from(headers[i + 1] ?? "", "latin1").toString("utf8");
    const known = record.get(name);
    record.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(record);
}
