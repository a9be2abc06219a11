import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { queryObjects } from "node:v8";
import { describe, expect, it } from "vitest";
import { ClientConnection } from "../../src/proxy/express/client-connection.ts";
import { UpstreamConnection } from "../../src/proxy/express/upstream-connection.ts";
import { heldBytes } from "../kit/memory.ts";
import { until } from "../kit/until.ts";
import { startDeaf, startHttp, startRaw, startSilent } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const KIB = 1024;
/** What one stream may cost, whatever its two ends do. */
const STREAM = 256 * KIB;
const BODY = 100 * 1024 * KIB;
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** Answers nothing that it is asked for in time: its reader decides how fast it goes. */
function slowReader(port: number, request: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(request);
  return socket;
}

/** Runs `go` and watches what is held meanwhile. */
async function peakWhile(go: () => Promise<void>): Promise<number> {
  const before = heldBytes();
  let peak = 0;
  let running = true;
  const gone = go().finally(() => {
    running = false;
  });
  while (running) {
    peak = Math.max(peak, heldBytes() - before);
    for (let i = 0; i < 50 && running; i++) await turn();
  }
  await gone;
  return peak;
}

/** Whether that many are alive; with time for the sockets first, because looking takes long. */
async function alive(what: typeof ClientConnection | typeof UpstreamConnection, count: number): Promise<boolean> {
  for (let i = 0; i < 300; i++) await turn();
  return queryObjects(what) === count;
}

describe("what streams cost", () => {
  const streams = 4;

  it("is bounded while readers are slow at 100 MB each", async () => {
    const piece = Buffer.alloc(64 * KIB);
    const upstream = await using(
      startHttp((_request, response) => {
        let sent = 0;
        const send = (): void => {
          while (sent < BODY) {
            sent += piece.length;
            if (!response.write(piece)) return;
          }
          response.end();
        };
        response.on("drain", send);
        send();
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const peak = await peakWhile(async () => {
      const readers = Array.from({ length: streams }, () => slowReader(lane.port, GET));
      let read = 0;
      for (const reader of readers) {
        reader.on("data", (bytes) => {
          read += bytes.length;
          reader.pause();
          setImmediate(() => reader.resume());
        });
      }
      await until("much has been read", () => read > streams * 10_000 * KIB);
      for (const reader of readers) reader.destroy();
      await until("all is over", () => upstream.open() === 0);
    });
    // The readers' and the upstream's own buffers are in it.
    expect(peak).toBeLessThan(2 * streams * STREAM);
  });

  it("is bounded while an upstream does not read uploads of 100 MB", async () => {
    const upstream = await using(startDeaf());
    const { lane } = await laneTo(upstream.url);
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY}\r\n\r\n`;
    const piece = Buffer.alloc(64 * KIB);
    const before = heldBytes();
    const clients = Array.from({ length: streams }, () => slowReader(lane.port, head));
    for (const client of clients) {
      const send = (error?: Error | null): void => {
        if (!error) client.write(piece, send);
      };
      send();
    }
    let taken = 0;
    await until("nothing more is taken", async () => {
      const last = taken;
      for (let i = 0; i < 50; i++) await turn();
      taken = clients.reduce((sum, client) => sum + client.bytesWritten, 0);
      return upstream.open() === streams && taken > streams * 1000 * KIB && taken === last;
    });
    expect(heldBytes() - before).toBeLessThan(streams * STREAM);
  });

  it("does not depend on how small the pieces are: none keeps a whole block of memory", async () => {
    const sockets: Socket[] = [];
    const upstream = await using(
      startRaw((socket) => {
        sockets.push(socket);
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
      }),
    );
    const { lane } = await laneTo(upstream.url);
    for (let i = 0; i < streams; i++) rawClient(lane.port, GET).socket.pause();
    await until("all streams are there", () => sockets.length === streams);
    const slow = [...sockets];
    rawClient(lane.port, GET);
    await until("the busy one is there", () => sockets.length > streams);
    const busy = sockets[streams];
    const before = heldBytes();
    // First the kernel's buffers are nearly filled, then small pieces come; the busy stream uses up blocks between them.
    const large = Buffer.alloc(16_000);
    for (let i = 0; i < 225; i++) {
      for (const socket of slow) socket.write(large);
      await turn();
    }
    const small = Buffer.alloc(200);
    for (let i = 0; i < 12_000; i++) {
      slow[i % streams]?.write(small);
      busy?.write(large);
      await turn();
    }
    busy?.destroy();
    await until("the busy one is gone", () => upstream.open() === streams);
    expect(heldBytes() - before).toBeLessThan(streams * STREAM);
  });

  it("is bounded for a client that sends requests and takes no answers", async () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n${"x".repeat(60_000)}`;
    const upstream = await using(startRaw((socket) => socket.on("data", () => socket.write(answer))));
    const { lane, decisions } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "").socket;
    client.pause();
    const before = heldBytes();
    for (let asked = 1; asked <= 200; asked++) {
      client.write(GET);
      const decided = until("it is decided", () => decisions.length === asked, 500);
      if (await decided.then(() => false).catch(() => true)) break;
    }
    expect(heldBytes() - before).toBeLessThan(STREAM);
  });

  it("is bounded for a client that sends many requests ahead", async () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const upstream = await using(startRaw((socket) => socket.on("data", () => socket.write(answer))));
    const { lane, decisions } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "").socket;
    const ahead = Buffer.from(GET.repeat(2_000));
    const before = heldBytes();
    for (let i = 0; i < 40; i++) client.write(ahead);
    // Each answer makes room for one request more, not for all that the connection has.
    await until("some are answered", () => decisions.length > 500);
    expect(heldBytes() - before).toBeLessThan(STREAM);
    client.destroy();
  });

  it("is next to nothing once it is over, also when the connection goes on", async () => {
    const upstream = await using(
      startHttp((request, response) => {
        request.resume().on("end", () => response.end());
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const post = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n${"x".repeat(60_000)}`;
    const before = heldBytes();
    const clients = Array.from({ length: 100 }, () => rawClient(lane.port, post));
    await until("all are answered", () => clients.every((client) => client.text().endsWith("\r\n\r\n")));
    expect(heldBytes() - before).toBeLessThan(clients.length * 8 * KIB);
  });
});

describe("of 300 clients that leave nothing stays", () => {
  it.each([
    ["while they wait", GET, true],
    ["in their uploads", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi", true],
    ["inside their heads", "GET / HTTP/1.1\r\nHost: ", false],
    ["between requests", "", false],
  ])("%s", async (_when, text, forwarded) => {
    const upstream = await using(startSilent());
    const { lane } = await laneTo(upstream.url);
    const clients = Array.from({ length: 300 }, () => rawClient(lane.port, text));
    if (forwarded) await until("all are forwarded", () => upstream.open() === 300);
    await until("all are there", () => alive(ClientConnection, 300));
    for (const { socket } of clients) socket.destroy();
    // Whatever holds one, be it a set, a timer or a listener, keeps it alive.
    await until("no connection is alive", () => alive(ClientConnection, 0));
    await until("no upstream connection is alive", () => alive(UpstreamConnection, 0));
    await until("the upstream has none left", () => upstream.open() === 0);
  });
});
