import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { Slab } from "../../../src/proxy/express/slab.ts";
import { until } from "../../kit/until.ts";

describe("a slab", () => {
  it("cuts pieces that stay as they were written", () => {
    const slab = new Slab(64);
    const pieces: Buffer[] = [];
    for (let i = 0; i < 50; i++) {
      slab.reserve(20);
      pieces.push(slab.take(slab.at + slab.block.write(`piece ${i}`, slab.at, "latin1")));
    }
    expect(pieces.map(String)).toEqual(pieces.map((_, i) => `piece ${i}`));
  });

  it("cuts them from one block while they fit", () => {
    const slab = new Slab(64);
    const { block } = slab;
    for (let i = 0; i < 3; i++) {
      slab.reserve(20);
      slab.take(slab.at + 20);
    }
    expect(slab.block).toBe(block);
    slab.reserve(20);
    expect(slab.block).not.toBe(block);
  });

  it("has room for a piece larger than a block, and gives none of it to others", () => {
    const slab = new Slab(64);
    slab.reserve(1000);
    const large = slab.take(slab.at + 1000);
    slab.reserve(1);
    expect(large).toHaveLength(1000);
    expect(slab.take(slab.at + 1).buffer).not.toBe(large.buffer);
  });

  it("uses memory again that the kernel has taken, and only then", async () => {
    const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const socket = connect({ host: "127.0.0.1", port: typeof address === "object" ? (address?.port ?? 0) : 0 });
    const slab = new Slab();
    slab.send(100, socket);
    expect(slab.at).toBe(100);
    await once(socket, "connect");
    await until("the first piece is out", () => socket.writableLength === 0);
    slab.send(300, socket);
    expect(slab.at).toBe(100);
    socket.destroy();
    server.close();
  });
});
