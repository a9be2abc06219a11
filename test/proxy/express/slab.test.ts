import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { blockOf } from "../../../src/proxy/express/memory.ts";
import { Slab } from "../../../src/proxy/express/slab.ts";
import { until } from "../../kit/until.ts";

/** A socket that notes what is written; `takes` false: the kernel takes nothing before `taken` is called. */
function receiver(takes = true) {
  const pieces: Buffer[] = [];
  const written: string[] = [];
  let writableLength = 0;
  const socket = {
    destroyed: false,
    get writableLength() {
      return writableLength;
    },
    write(bytes: Buffer) {
      pieces.push(bytes);
      written.push(String(bytes));
      if (!takes) writableLength += bytes.length;
      return true;
    },
  };
  const taken = () => {
    writableLength = 0;
  };
  return { socket: socket as unknown as Socket & { destroyed: boolean }, pieces, written, taken };
}

function put(slab: Slab, text: string): number {
  slab.reserve(text.length);
  return slab.at + slab.block.write(text, slab.at, "latin1");
}

describe("a slab", () => {
  it("cuts pieces that stay as they were written while nobody takes them", () => {
    const slab = new Slab(blockOf(64));
    const { socket, pieces } = receiver(false);
    for (let i = 0; i < 50; i++) slab.send(put(slab, `piece ${i}`), socket);
    expect(pieces.map(String)).toEqual(pieces.map((_, i) => `piece ${i}`));
  });

  it("has room for a piece larger than a block, and gives none of it to others", () => {
    const slab = new Slab(blockOf(64));
    const { socket, pieces } = receiver(false);
    slab.send(put(slab, "x".repeat(1000)), socket);
    slab.send(put(slab, "y"), socket);
    expect(pieces.map(String)).toEqual(["x".repeat(1000), "y"]);
  });

  it("leaves its block when that is full of what a socket has not taken, and comes back once it has", () => {
    const home = blockOf(64);
    const slab = new Slab(home);
    const [slow, fast] = [receiver(false), receiver()];
    for (let i = 0; i < 3; i++) slab.send(put(slab, "s".repeat(20)), slow.socket);
    expect(slab.block).toBe(home.bytes);
    slab.send(put(slab, "f".repeat(20)), fast.socket);
    expect(slab.block).not.toBe(home.bytes);
    slow.taken();
    put(slab, "next");
    expect([slab.block === home.bytes, slab.at]).toEqual([true, 0]);
  });

  it("comes back to its block when the socket that had not taken it is gone", () => {
    const home = blockOf(64);
    const slab = new Slab(home);
    const slow = receiver(false);
    slab.send(put(slab, "s".repeat(60)), slow.socket);
    put(slab, "elsewhere");
    expect(slab.block).not.toBe(home.bytes);
    slow.socket.destroyed = true;
    put(slab, "next");
    expect(slab.block).toBe(home.bytes);
  });

  it("uses memory again that the kernel has taken, and only then", async () => {
    const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const socket = connect({ host: "127.0.0.1", port: typeof address === "object" ? (address?.port ?? 0) : 0 });
    const slab = new Slab(blockOf(64 * 1024));
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
  function sender(takes = true) {
    const { socket, written } = receiver(takes);
    let posted = 0;
    return { owner: { socket, onPosted: () => void posted++ }, socket, written, posted: () => posted };
  }

  it("leaves when the round of events is over, in its order, and its memory is used again", async () => {
    const slab = new Slab(blockOf(64));
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
    const slab = new Slab(blockOf(16));
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
    const slab = new Slab(blockOf(64));
    const [slow, fast] = [sender(false), sender()];
    slab.post(put(slab, "slow"), slow.owner);
    slab.send(put(slab, "fast"), fast.owner.socket);
    expect([slow.written, fast.written, slab.at]).toEqual([["slow"], ["fast"], 4]);
  });

  it("goes nowhere when the socket is gone", () => {
    const slab = new Slab(blockOf(64));
    const { owner, socket, written } = sender();
    slab.post(put(slab, "late"), owner);
    socket.destroyed = true;
    slab.flush();
    expect([written, slab.at]).toEqual([[], 0]);
  });
});
