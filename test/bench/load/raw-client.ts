import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Every client reads into this one: nobody looks at more than the head of an answer. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const MAX_HEAD = 16 * 1024;

/**
 * One keep-alive connection that sends ready-made requests, one at a time, and reads answers that have a length. Costs the
 * load's core far less than Node's own client.
 */
export class RawClient {
  private readonly socket: Socket;
  private head = "";
  /** Bytes of the answer's body that are to come; undefined: its head is still coming. */
  private left: number | undefined;
  private waiting: { resolve(): void; reject(error: Error): void } | undefined;

  private constructor(port: number) {
    const callback = (length: number) => {
      this.take(length);
      return true;
    };
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.socket.on("error", (error) => this.fail(error));
    this.socket.on("close", () => this.fail(new Error("The connection was closed.")));
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, "connect");
    return client;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded;
  }

  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  /** Sends a whole request. Resolves when its answer is complete; rejects when that is not a 200 with a length. */
  exchange(...request: readonly Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.head = "";
      this.left = undefined;
      this.socket.cork();
      for (const piece of request) this.socket.write(piece);
      this.socket.uncork();
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private take(length: number): void {
    if (this.left === undefined) {
      const before = this.head.length;
      this.head += READ_BUFFER.toString("latin1", 0, Math.min(length, MAX_HEAD));
      const end = this.head.indexOf("\r\n\r\n");
      if (end < 0) {
        if (this.head.length > MAX_HEAD) this.fail(new Error("The answer's head has no end."));
        return;
      }
      const size = /^HTTP\/1\.1 200 .*\r\ncontent-length: *(\d+)\r\n/is.exec(this.head.slice(0, end + 2))?.[1];
      if (size === undefined) {
        this.fail(new Error(`The answer is not a 200 with a length: ${this.head.slice(0, end)}`));
        return;
      }
      this.left = Number(size) + end + 4 - before;
    }
    this.left -= length;
    if (this.left < 0) this.fail(new Error("More came than the answer's length says."));
    else if (this.left === 0) {
      const { waiting } = this;
      this.waiting = undefined;
      waiting?.resolve();
    }
  }

  private fail(error: Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    this.socket.destroy();
    waiting?.reject(error);
  }
}

/** Opens `count` connections, not all in the same moment. */
export async function openClients(port: number, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const some = Math.min(64, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: some }, () => RawClient.open(port)))));
  }
  return clients;
}

/** The bytes of a request's head; `size` is its body's. */
export function rawHead(
  method: "GET" | "POST",
  target: string,
  size: number,
  headers: Readonly<Record<string, string>>,
) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === "POST" ? `content-length: ${size}\r\n` : "";
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nhost: bench\r\n${length}${lines.join("")}\r\n`, "latin1");
}
