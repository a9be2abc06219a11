import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What is answered to feedback. */
export interface FeedbackAnswer {
  readonly status: number;
  readonly json: object;
}

/** Where clients tell whether they liked an answer. */
export interface FeedbackPlace {
  /** The whole path. */
  readonly path: string;
  /** `body` is whatever JSON came. */
  take(body: unknown): FeedbackAnswer | Promise<FeedbackAnswer>;
}

const LIMIT = 256 * 1024;
const PATIENCE_MS = 10_000;

/**
 * Takes over sockets whose request is feedback. It is not traffic, so a plain node:http server that listens nowhere reads
 * it, and closes the connection. Only trusted peers are heard: ids of requests can be guessed, and who rates cuts.
 */
export class FeedbackServer {
  readonly path: string;
  private readonly server: Server;
  private readonly sockets = new Map<Socket, boolean>();

  constructor({ path, take }: FeedbackPlace) {
    this.path = path;
    const timeouts = { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, connectionsCheckingInterval: 1_000 };
    // The lane has judged the head's size already; here it only has to fit.
    this.server = createServer({ ...timeouts, maxHeaderSize: 2 * 1024 * 1024 }, (request, response) => {
      void this.answer(request, response, take);
    });
  }

  /** `socket` is paused, with the whole request put back into it. */
  take(socket: Socket, trusted: boolean): void {
    this.sockets.set(socket, trusted);
    socket.once("close", () => this.sockets.delete(socket));
    this.server.emit("connection", socket);
    socket.resume();
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse, take: FeedbackPlace["take"]): Promise<void> {
    const refuse = (status: number, code: string, message: string) => {
      response.setHeader("x-canary-error", code);
      send(response, { status, json: { error: { code, message } } });
    };
    if (request.method !== "POST") return refuse(405, "method_not_allowed", "Feedback is sent with POST.");
    if (this.sockets.get(request.socket) !== true)
      return refuse(403, "untrusted", "Feedback is taken from the networks of `proxy.trustedProxies` only.");
    const pieces: Buffer[] = [];
    let size = 0;
    try {
      for await (const piece of request) {
        size += piece.length;
        if (size > LIMIT) return refuse(413, "body_too_large", "Feedback may have 256 KiB at the most.");
        pieces.push(piece);
      }
      send(response, await take(JSON.parse(Buffer.concat(pieces).toString("utf8"))));
    } catch {
      refuse(400, "bad_json", "The body is not JSON.");
    }
  }
}

function send(response: ServerResponse, { status, json }: FeedbackAnswer): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(json));
}
