import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { isBehind, onceFlushed, writeAtOnce } from "../../../src/proxy/express/back-pressure.ts";
import { until } from "../../kit/until.ts";

/** Both ends of a connection; nobody reads at the far one yet. */
async function pair() {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const near = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  const [[far]]: [Socket[], unknown] = await Promise.all([once(server, "connection"), once(near, "connect")]);
  if (far === undefined) throw new Error("A connection has two ends.");
  near.on("error", () => {});
  far.on("error", () => {});
  const close = () => {
    near.destroy();
    far.destroy();
    server.close();
  };
  return { near, far, close };
}

function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve));
}

describe("writing at once", () => {
  it("is done when the kernel has taken the bytes", async () => {
    const { near, far, close } = await pair();
    writeAtOnce(near, Buffer.from("hello"));
    expect([isBehind(near), near.writableLength]).toEqual([false, 0]);
    far.resume();
    expect(String(await once(far, "data"))).toBe("hello");
    close();
  });

  it("is behind from where the kernel takes no more to where all is out, in the order of writing", async () => {
    const { near, far, close } = await pair();
    const [sent, got] = [createHash("sha1"), createHash("sha1")];
    let received = 0;
    let written = 0;
    far.on("data", (bytes) => {
      received += bytes.length;
      got.update(bytes);
    });
    far.pause();
    const write = (how: (bytes: Buffer) => void, i: number): void => {
      const bytes = Buffer.alloc(40_000 + i, String(i));
      sent.update(bytes);
      written += bytes.length;
      how(bytes);
    };
    for (let i = 0; i < 2_000 && !isBehind(near); i++) write((bytes) => writeAtOnce(near, bytes), i);
    expect(isBehind(near)).toBe(true);
    // Whatever comes now waits for its turn, whichever way it takes.
    for (let i = 0; i < 10; i++) {
      write((bytes) => near.write(bytes), i);
      write((bytes) => writeAtOnce(near, bytes), i);
    }
    let flushed = false;
    onceFlushed(near, () => {
      flushed = true;
    });
    far.resume();
    await until("all is out", () => flushed);
    expect(isBehind(near)).toBe(false);
    await until("all has come", () => received === written);
    expect(got.digest("hex")).toBe(sent.digest("hex"));
    writeAtOnce(near, Buffer.from("and on"));
    expect(isBehind(near)).toBe(false);
    close();
  });

  it("lets the other side have all of it before the end", async () => {
    const { near, far, close } = await pair();
    let [received, written] = [0, 0];
    far.on("data", (bytes) => {
      received += bytes.length;
    });
    far.pause();
    while (!isBehind(near)) {
      writeAtOnce(near, Buffer.alloc(50_000));
      written += 50_000;
    }
    near.end();
    far.resume();
    await once(far, "end");
    expect(received).toBe(written);
    close();
  });

  it("ends a socket that takes nothing any more", async () => {
    const { near, far, close } = await pair();
    far.resetAndDestroy();
    const closed = closing(near);
    const stop = setInterval(() => writeAtOnce(near, Buffer.from("anybody?")), 1);
    await closed;
    clearInterval(stop);
    writeAtOnce(near, Buffer.from("nobody"));
    expect([near.destroyed, isBehind(near)]).toEqual([true, false]);
    close();
  });

  it("is behind no longer when the socket breaks", async () => {
    const { near, far, close } = await pair();
    while (!isBehind(near)) writeAtOnce(near, Buffer.alloc(50_000));
    far.resetAndDestroy();
    await closing(near);
    await until("it is known", () => !isBehind(near));
    close();
  });

  it("waits for the connection", async () => {
    const server = createServer((socket) => socket.end("bye")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
    writeAtOnce(socket, Buffer.from("early"));
    expect(isBehind(socket)).toBe(true);
    await once(socket, "connect");
    await until("it is out", () => !isBehind(socket));
    socket.destroy();
    server.close();
  });
});
