import type { Socket } from "node:net";
import { startRaw, type Upstream } from "../../kit/upstream.ts";

/** What a request asks the server to do, in its header `x-do`. */
export const DEEDS = [
  "answer",
  "chunks",
  "until close",
  "interim",
  "slow",
  "silence",
  "reset",
  "end",
  "reset inside",
  "truncate",
  "garbage",
  "surplus",
  "close after",
  "early answer",
] as const;
export type Deed = (typeof DEEDS)[number] | "switch";

/** The body of a proper answer to request `id`: long enough to come in parts. */
export function bodyFor(id: string): string {
  return `${id},`.repeat(50 + (Number(id) % 5) * 800);
}

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** A server that does to each request what the request asks for. */
export function startObedient(): Promise<Upstream> {
  return startRaw((socket) => new Conversation(socket), { allowHalfOpen: true });
}

class Conversation {
  private readonly socket: Socket;
  private text = "";
  private switched = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data) => this.onData(data));
    socket.on("end", () => socket.end());
  }

  private onData(data: Buffer): void {
    if (this.switched) {
      this.socket.write(data);
      return;
    }
    this.text += data.toString("latin1");
    for (;;) {
      const headEnd = this.text.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = this.text.slice(0, headEnd);
      const deed = /\r\nx-do: ([^\r]*)/i.exec(head)?.[1] ?? "answer";
      const id = /\r\nx-id: (\d+)/i.exec(head)?.[1] ?? "0";
      if (deed === "early answer") this.act("close after", id);
      const bodyEnd = bodyEndOf(head, this.text, headEnd + 4);
      if (bodyEnd < 0) return;
      this.text = this.text.slice(bodyEnd);
      this.act(deed, id);
      if (this.switched) return;
    }
  }

  private act(deed: string, id: string): void {
    const { socket } = this;
    const body = bodyFor(id);
    const whole = `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const chunked = `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`;
    switch (deed) {
      case "switch":
        this.switched = true;
        socket.write(SWITCH);
        return;
      case "chunks":
        socket.write(chunked);
        setTimeout(() => socket.write("0\r\n\r\n"), 2);
        return;
      case "until close":
        socket.end(`HTTP/1.1 200 OK\r\nX-Id: ${id}\r\n\r\n${body}`);
        return;
      case "interim":
        socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${whole}`);
        return;
      case "slow":
        setTimeout(() => socket.write(whole.slice(0, 90)), 5);
        setTimeout(() => socket.write(whole.slice(90)), 10);
        return;
      case "silence":
        return;
      case "reset":
        socket.resetAndDestroy();
        return;
      case "end":
        socket.end();
        return;
      case "reset inside":
        socket.write(chunked);
        setTimeout(() => socket.resetAndDestroy(), 2);
        return;
      case "truncate":
        socket.end(whole.slice(0, -10));
        return;
      case "garbage":
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n${id}`);
        return;
      case "surplus":
        socket.write(`${whole}HTTP/1.1 200 OK\r\nX-Id: 0\r\nContent-Length: 6\r\n\r\npoison`);
        return;
      case "close after":
        socket.end(whole.replace("\r\n", "\r\nConnection: close\r\n"));
        return;
      case "answer":
        socket.write(whole);
    }
  }
}

/** Where the request's body ends; -1: it has not come whole. */
function bodyEndOf(head: string, text: string, start: number): number {
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const last = text.indexOf("0\r\n\r\n", start);
    return last < 0 ? -1 : last + 5;
  }
  const end = start + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return end <= text.length ? end : -1;
}
