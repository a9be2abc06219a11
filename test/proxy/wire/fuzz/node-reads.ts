import { createServer, type IncomingMessage, request } from "node:http";
import { Duplex } from "node:stream";

/** What node:http made of one message. */
export interface NodeMessage {
  /** `METHOD target` or `status reason`. */
  readonly start: string;
  readonly minor: number;
  /** Name, value, name, value … */
  readonly fields: readonly string[];
  readonly trailers: readonly string[];
  readonly body: string;
  /** It ended, by its framing or by the end of the connection where that ends it. */
  readonly complete: boolean;
  readonly keepAlive: boolean;
}

/** A connection that gives the pieces and takes whatever is written. */
class Wire extends Duplex {
  readonly pieces: readonly Buffer[];
  constructor(pieces: readonly Buffer[]) {
    super();
    this.pieces = pieces;
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
  feed(): void {
    for (const piece of this.pieces) if (piece.length > 0) this.push(piece);
    this.push(null);
  }
  // http.ClientRequest asks its sockets for these.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

class Reading {
  body = "";
  private readonly message: IncomingMessage;
  private readonly start: string;
  private readonly keepAlive: () => boolean;

  constructor(message: IncomingMessage, start: string, keepAlive: () => boolean) {
    this.message = message;
    this.start = start;
    this.keepAlive = keepAlive;
    message.on("error", () => {});
    message.on("data", (piece: Buffer) => {
      this.body += piece.toString("latin1");
    });
  }

  result(): NodeMessage {
    const { message } = this;
    return {
      start: this.start,
      minor: message.httpVersionMinor,
      fields: message.rawHeaders,
      trailers: message.rawTrailers,
      body: this.body,
      complete: message.complete,
      keepAlive: this.keepAlive(),
    };
  }
}

/** What node:http's server reads from each connection. */
export async function readRequests(connections: readonly (readonly Buffer[])[]): Promise<NodeMessage[][]> {
  const readings = new Map<unknown, Reading[]>();
  const server = createServer({ maxHeaderSize: 65_536, requireHostHeader: false });
  const take = (message: IncomingMessage, answer: { shouldKeepAlive: boolean }) => {
    const keepAlive = answer.shouldKeepAlive;
    readings.get(message.socket)?.push(new Reading(message, `${message.method} ${message.url}`, () => keepAlive));
  };
  server.on("request", take).on("checkContinue", take).on("checkExpectation", take);
  server.on("clientError", () => {});
  server.maxHeadersCount = 0;
  const wires = connections.map((pieces) => new Wire(pieces));
  for (const wire of wires) {
    readings.set(wire, []);
    wire.on("error", () => {});
    server.emit("connection", wire);
    wire.feed();
  }
  await quiet();
  for (const wire of wires) wire.destroy();
  server.close();
  return wires.map((wire) => (readings.get(wire) ?? []).map((reading) => reading.result()));
}

/** What node:http's client reads from each connection, as the answer to a request of that method. */
export async function readAnswers(
  connections: readonly { readonly method: string; readonly pieces: readonly Buffer[] }[],
): Promise<(NodeMessage | undefined)[]> {
  const read: (() => NodeMessage | undefined)[] = [];
  const wires: Wire[] = [];
  for (const { method, pieces } of connections) {
    const wire = new Wire(pieces);
    let reading: Reading | undefined;
    const asked = request({
      method,
      maxHeaderSize: 131_072,
      headers: { connection: "keep-alive" },
      createConnection: () => wire,
    });
    asked.maxHeadersCount = 0;
    asked.on("error", () => {});
    asked.on("response", (message) => {
      reading = new Reading(message, `${message.statusCode} ${message.statusMessage}`, () => asked.shouldKeepAlive);
    });
    asked.end();
    wires.push(wire);
    read.push(() => reading?.result());
  }
  await quiet();
  for (const wire of wires) wire.feed();
  await quiet();
  for (const wire of wires) wire.destroy();
  return read.map((result) => result());
}

/** Until streams and parsers have nothing left to do: they work in ticks, never in timers. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
}
