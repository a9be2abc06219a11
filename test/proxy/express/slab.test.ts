import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
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

describe("what is posted to a slab", () => {
  /** A socket that notes what is written; `takes` false: the kernel takes nothing. */
  function sender(takes = true) {
    const written: string[] = [];
    let posted = 0;
    let writableLength = 0;
    const socket = {
      destroyed: false,
      get writableLength() {
        return writableLength;
      },
      write(bytes: Buffer) {
        written.push(String(bytes));
        if (!takes) writableLength += bytes.length;
        return true;
      },
    };
    const owner = { socket: socket as unknown as Socket, onPosted: () => void posted++ };
    return { owner, socket, written, posted: () => posted };
  }

  function put(slab: Slab, text: string): number {
    slab.reserve(text.length);
    return slab.at + slab.block.write(text, slab.at, "latin1");
  }

  it("leaves when the round of events is over, in its order, and its memory is used again", async () => {
    const slab = new Slab(64);
    const [one, other] = [sender(), sender()];
    slab.post(put(slab, "a"), one.owner);
    slab.post(put(slab, "b"), other.owner);
    slab.post(put(slab, "c"), one.owner);
    expect([one.written, other.written]).toEqual([[], []]);
    await setImmediate();
    expect([one.written, other.written]).toEqual([["a", "c"], ["b"]]);
    expect([one.posted(), other.posted(), slab.at]).toEqual([2, 1, 0]);
  });

  it("leaves before whatever is sent at once, and when the block is full", () => {
    const slab = new Slab(16);
    const { owner, written } = sender();
    slab.post(put(slab, "first"), owner);
    slab.send(put(slab, "second"), owner.socket);
    expect([written, slab.at]).toEqual([["first", "second"], 0]);
    const { block } = slab;
    slab.post(put(slab, "x".repeat(10)), owner);
    slab.post(put(slab, "y".repeat(10)), owner);
    expect(written.slice(2)).toEqual(["x".repeat(10)]);
    expect(slab.block).toBe(block);
  });

  it("stays as it was written while the kernel does not take it", () => {
    const slab = new Slab(64);
    const [slow, fast] = [sender(false), sender()];
    slab.post(put(slab, "slow"), slow.owner);
    slab.send(put(slab, "fast"), fast.owner.socket);
    expect([slow.written, fast.written, slab.at]).toEqual([["slow"], ["fast"], 4]);
  });

  it("goes nowhere when the socket is gone", () => {
    const slab = new Slab(64);
    const { owner, socket, written } = sender();
    slab.post(put(slab, "late"), owner);
    socket.destroyed = true;
    slab.flush();
    expect([written, slab.at]).toEqual([[], 0]);
  });
});
