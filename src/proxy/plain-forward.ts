import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import httpProxy from "http-proxy";
import { Clock } from "./clock.ts";
import type { Endpoint } from "./endpoints.ts";
import { decisionHeaders, responseHeaders } from "./headers.ts";
import { type RouterAnswer, render } from "./router-answer.ts";
import type { Trip } from "./trip.ts";
import { Agents, type Clocks, targetOf, whenConnected, writeHead } from "./upstream-request.ts";
import {
  badAnswer,
  connectTimeout,
  firstByteTimeout,
  idleTimeout,
  type Trouble,
  troubleOf,
} from "./upstream-trouble.ts";

/** A decided plain request. */
interface PlainRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly trip: Trip;
  readonly endpoint: Endpoint;
  /** What the endpoint is told, framing included; names and values in turn. */
  readonly headers: readonly string[];
  readonly requestId: string;
  /** Whether the client's connection is to be closed after this. */
  readonly closing: () => boolean;
}

/** Forwards plain requests and streams the answers back. http-proxy opens the upstream request and pipes the body into it. */
export class PlainForward {
  readonly #clocks: Clocks;
  readonly #proxy = httpProxy.createProxyServer({ toProxy: true, ignorePath: true, selfHandleResponse: true });
  readonly #exchanges = new WeakMap<IncomingMessage, Exchange>();
  /** Many model servers close idle connections after 5 s; a shorter time here avoids sending into a closing one. */
  readonly #agents = new Agents({ keepAlive: true, timeout: 4000 });

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#proxy.on("proxyReq", (asking, request) => this.#exchanges.get(request)?.ask(asking));
    this.#proxy.on("proxyRes", (answer, request) => this.#exchanges.get(request)?.pass(answer));
  }

  forward(plain: PlainRequest): void {
    const { request, response, endpoint } = plain;
    const exchange = new Exchange(plain, this.#clocks);
    this.#exchanges.set(request, exchange);
    request.headers = {}; // http-proxy copies them and acts on them: a `Trailer` makes it throw, an `Expect` skips `proxyReq`
    this.#proxy.web(request, response, { target: targetOf(endpoint), agent: this.#agents.of(endpoint) }, (error) =>
      exchange.upstreamFailed(error),
    );
  }

  close(): void {
    this.#agents.destroy();
  }
}

class Exchange {
  readonly #plain: PlainRequest;
  readonly #clocks: Clocks;
  readonly #clock = new Clock();
  #asking: ClientRequest | undefined;
  #answer: IncomingMessage | undefined;
  #connected = false;
  #settled = false;

  constructor(plain: PlainRequest, clocks: Clocks) {
    this.#plain = plain;
    this.#clocks = clocks;
    plain.response.on("close", this.#end);
    // An answer that waits behind a pipelined one has no socket yet and never hears of its end.
    plain.request.socket.on("close", this.#end);
    plain.request.on("end", () => this.#awaitAnswer());
  }

  /** The upstream request has a socket, on which nothing has been written. */
  ask(asking: ClientRequest): void {
    const { request, trip, endpoint, headers } = this.#plain;
    this.#asking = asking;
    if (trip.over) {
      asking.destroy();
      return;
    }
    asking.on("close", () => this.upstreamFailed(undefined)); // without an error: a 101 that nobody asked for
    writeHead(asking, endpoint.prefix + (request.url ?? "/"), headers);
    trip.asked();
    request.on("data", () => this.#clock.touch()); // not earlier: it sets the body flowing, and the head must be first
    this.#clock.start(this.#clocks.connectTimeout, () => this.#fail(connectTimeout(endpoint.authority)));
    whenConnected(asking, endpoint.secure, () => {
      this.#connected = true;
      this.#awaitAnswer();
    });
  }

  pass(answer: IncomingMessage): void {
    const { response, request, trip, endpoint, requestId, closing } = this.#plain;
    const { statusCode = 0, statusMessage = "" } = answer;
    answer.on("error", () => {}); // `close` tells
    if (statusCode < 200 || /[^\t\x20-\x7e\x80-\xff]/.test(statusMessage)) {
      this.#fail(badAnswer(endpoint.authority));
      return;
    }
    this.#answer = answer;
    trip.answered(statusCode);
    if (closing()) response.shouldKeepAlive = false;
    response.sendDate = false;
    response.writeHead(statusCode, statusMessage, responseHeaders(answer.rawHeaders, trip.decision, requestId));
    response.write("", "latin1"); // the head leaves now; `flushHeaders` would write its bytes as UTF-8
    this.#clock.start(this.#clocks.idleTimeout, () => this.#stalled(answer));
    answer.on("data", () => this.#clock.touch());
    answer.on("close", () => {
      if (!answer.complete) this.upstreamFailed(undefined);
      else if (!request.complete) this.#dropUpload();
    });
    answer.pipe(response);
  }

  upstreamFailed(error: unknown): void {
    if (this.#plain.request.socket.destroyed) return; // the client's end, which http-proxy reports here too
    if (error === undefined && this.#answer?.complete) return;
    this.#fail(troubleOf(error, this.#connected, this.#plain.endpoint.authority));
  }

  readonly #end = (): void => {
    const { request, response, trip } = this.#plain;
    request.socket.off("close", this.#end);
    this.#clock.stop();
    this.#settled = true;
    if (!response.writableFinished) this.#asking?.destroy();
    trip.end();
  };

  #awaitAnswer(): void {
    if (!this.#connected || this.#settled || this.#answer !== undefined) return;
    const { request, endpoint } = this.#plain;
    if (request.readableEnded) {
      this.#clock.start(this.#clocks.firstByteTimeout, () => this.#fail(firstByteTimeout(endpoint.authority)));
    } else {
      this.#clock.start(this.#clocks.idleTimeout, () => this.#uploadStalled());
    }
  }

  #uploadStalled(): void {
    if (this.#asking?.writableNeedDrain) {
      this.#fail(idleTimeout(this.#plain.endpoint.authority));
      return;
    }
    this.#plain.trip.refused(408);
    this.#plain.response.shouldKeepAlive = false;
    this.#answerInstead({
      status: 408,
      code: "body_timeout",
      message: "The request's body stopped coming; send it without long pauses.",
    });
  }

  #stalled(answer: IncomingMessage): void {
    const { response, trip } = this.#plain;
    if (!answer.readableEnded && !response.writableNeedDrain) trip.failed("idle_timeout", undefined);
    this.#breakOff();
  }

  #fail({ failure, answer }: Trouble): void {
    if (this.#settled) return;
    const { response, trip } = this.#plain;
    if (response.headersSent) {
      trip.failed(failure === "protocol_error" ? failure : "truncated", undefined);
      this.#breakOff();
    } else {
      trip.failed(failure, answer.status);
      this.#answerInstead(answer);
    }
  }

  #answerInstead(answer: RouterAnswer): void {
    const { response, trip, requestId, closing } = this.#plain;
    this.#settled = true;
    this.#clock.stop();
    this.#dropUpload();
    if (closing()) response.shouldKeepAlive = false;
    sendAnswer(response, answer, [...decisionHeaders(trip.decision), "x-request-id", requestId]);
  }

  /** The rest of the request's body goes nowhere, and the upstream connection is not used again. */
  #dropUpload(): void {
    const { request } = this.#plain;
    request.unpipe();
    this.#asking?.destroy();
    request.resume();
  }

  /** Ends a message that has begun so that the client cannot take it for whole. */
  #breakOff(): void {
    const { request, response } = this.#plain;
    this.#settled = true;
    // To an HTTP/1.0 client a clean end of the connection is the end of the answer.
    if (request.httpVersionMinor === 0) request.socket.resetAndDestroy();
    else response.destroy();
  }
}

/** Answers a request in the router's own name. */
export function sendAnswer(response: ServerResponse, answer: RouterAnswer, more: readonly string[]): void {
  const { headers, body } = render(answer, more);
  response.writeHead(answer.status, headers);
  response.end(Buffer.from(body)); // a string would draw the head's bytes into UTF-8 with it
}
