import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { bodyFor, DEEDS, type Deed } from "./server.ts";

/** Uniform in [0, 1); the same for the same seed. */
export type Dice = () => number;

/** What clients saw. */
export interface Sightings {
  /** Whole answers of the server. */
  whole: number;
  /** Answers of the router's own, by their code. */
  readonly own: Map<string, number>;
  broken: number;
  /** What must never be: bytes of one answer in another, an answer that ends properly and is not whole. */
  readonly wrong: string[];
}

/** One client: connects, does something that clients do, and is gone when this resolves. */
export async function visit(port: number, dice: Dice, nextId: () => number, seen: Sightings): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  const visitor = new Visitor(socket);
  try {
    const kind = dice();
    if (kind < 0.12) await upgrade(visitor, dice);
    else if (kind < 0.2) await leaveInsideHead(visitor, dice);
    else if (kind < 0.5) await askAndLeave(visitor, dice, nextId);
    else await askAndRead(visitor, dice, nextId, seen);
  } finally {
    socket.destroy();
    await visitor.gone;
  }
}

class Visitor {
  readonly socket: Socket;
  text = "";
  readonly gone: Promise<void>;
  private wake = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (data) => {
      this.text += data;
      this.wake();
    });
    socket.on("error", () => {});
    this.gone = new Promise((resolve) =>
      socket.on("close", () => {
        this.wake();
        resolve();
      }),
    );
  }

  /** Until `holds`, the connection is gone, or `ms` have passed. */
  async until(holds: () => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (!holds() && !this.socket.closed && performance.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - performance.now());
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  leave(dice: Dice): void {
    if (dice() < 0.5) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }
}

function requestFor(id: number, deed: Deed, dice: Dice): string {
  const head = `Host: x\r\nX-Id: ${id}\r\nX-Do: ${deed}\r\n`;
  const kind = dice();
  const body = "b".repeat(Math.floor(dice() * 3000));
  if (kind < 0.4) return `GET / HTTP/1.1\r\n${head}\r\n`;
  if (kind < 0.7) return `POST / HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunk = body === "" ? "" : `${body.length.toString(16)};x=1\r\n${body}\r\n`;
  return `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
}

function deedOf(dice: Dice): Deed {
  return dice() < 0.4 ? "answer" : (DEEDS[Math.floor(dice() * DEEDS.length)] ?? "answer");
}

async function upgrade(visitor: Visitor, dice: Dice): Promise<void> {
  const { socket } = visitor;
  const deed: Deed = dice() < 0.7 ? "switch" : deedOf(dice);
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nX-Do: ${deed}\r\nX-Id: 0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\nearly",
  );
  if (dice() < 0.5) await visitor.until(() => visitor.text.endsWith("early"), dice() * 60);
  if (dice() < 0.3) {
    socket.end("last");
    await visitor.gone;
  } else visitor.leave(dice);
}

async function leaveInsideHead(visitor: Visitor, dice: Dice): Promise<void> {
  visitor.socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Part");
  await pause(dice() * 5);
  visitor.leave(dice);
}

async function askAndLeave(visitor: Visitor, dice: Dice, nextId: () => number): Promise<void> {
  const text = Array.from({ length: 1 + Math.floor(dice() * 3) }, () => requestFor(nextId(), deedOf(dice), dice)).join(
    "",
  );
  visitor.socket.write(text.slice(0, Math.ceil(dice() * text.length)));
  await pause(dice() * 15);
  visitor.leave(dice);
}

/** Pipelines some requests and reads until all are answered, one is broken, or it has no more patience. */
async function askAndRead(visitor: Visitor, dice: Dice, nextId: () => number, seen: Sightings): Promise<void> {
  const ids = Array.from({ length: 1 + Math.floor(dice() * 5) }, nextId);
  const text = ids.map((id) => requestFor(id, deedOf(dice), dice)).join("");
  const cut = Math.floor(dice() * text.length);
  visitor.socket.write(text.slice(0, cut), "latin1");
  if (dice() < 0.3) await pause(dice() * 5);
  visitor.socket.write(text.slice(cut), "latin1");
  let answered = 0;
  const read = (): boolean => {
    for (;;) {
      const answer = takeAnswer(visitor.text);
      if (answer === undefined) return answered === ids.length;
      visitor.text = visitor.text.slice(answer.end);
      if (answer.interim) continue;
      judge(answer, String(ids[answered++]), seen);
    }
  };
  await visitor.until(read, 800);
  if (answered < ids.length) seen.broken++;
}

interface Answer {
  readonly head: string;
  readonly body: string;
  readonly end: number;
  readonly interim: boolean;
}

/** The first whole answer in `text`. */
function takeAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) return undefined;
  const head = text.slice(0, headEnd);
  if (/^HTTP\/1\.1 1/.test(head)) return { head, body: "", end: headEnd, interim: true };
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    let body = "";
    for (let at = headEnd; ; ) {
      const line = text.indexOf("\r\n", at);
      if (line < 0) return undefined;
      const size = Number.parseInt(text.slice(at, line), 16);
      const next = line + 2 + size + 2;
      if (!(next <= text.length)) return undefined;
      if (size === 0) return { head, body, end: next, interim: false };
      body += text.slice(line + 2, line + 2 + size);
      at = next;
    }
  }
  const end = headEnd + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  return end <= text.length ? { head, body: text.slice(headEnd, end), end, interim: false } : undefined;
}

function judge({ head, body }: Answer, id: string, seen: Sightings): void {
  const own = /\r\nx-canary-error: (\w+)/i.exec(head)?.[1];
  if (own !== undefined) seen.own.set(own, (seen.own.get(own) ?? 0) + 1);
  else if (!head.startsWith("HTTP/1.1 200 ") || !head.includes(`\r\nX-Id: ${id}\r\n`) || body !== bodyFor(id)) {
    seen.wrong.push(`request ${id} was answered ${JSON.stringify(`${head}${body.slice(0, 60)}`)}`);
  } else seen.whole++;
}
