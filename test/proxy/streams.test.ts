import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { startRaw } from "../kit/upstream.ts";
import { type Fixture, laneTo, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const OLD_GET = "GET / HTTP/1.0\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
const ENDLESS = "HTTP/1.1 200 OK\r\n\r\n";

/** A lane whose upstream leaves its one socket to the test, once it has been asked something on it. */
async function withUpstream(): Promise<Fixture & { asked: () => Promise<Socket> }> {
  const sockets: Socket[] = [];
  const upstream = await using(
    startRaw((socket) => {
      socket.once("data", () => sockets.push(socket)).resume();
    }),
  );
  const asked = async (): Promise<Socket> => {
    await until("the upstream is asked", () => sockets.length > 0);
    return sockets[0] ?? new Socket();
  };
  return { ...(await laneTo(upstream.url)), asked };
}

describe("an answer leaves as it comes", () => {
  it.each([
    ["with a length", GET, LENGTH, ["he", "ll", "o you"], "hello you"],
    ["in chunks", GET, CHUNKED, ["2\r\nhe\r\n", "3\r\nllo\r\n", "0\r\n\r\n"], "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"],
    ["in halves of chunks", GET, CHUNKED, ["2", "\r\nh", "e\r", "\n"], "2\r\nhe\r\n"],
    ["until the end", GET, ENDLESS, ["he", "llo"], "2\r\nhe\r\n3\r\nllo\r\n"],
    ["in chunks, for an HTTP/1.0 client", OLD_GET, CHUNKED, ["2\r\nhe\r\n", "3\r\nl", "lo\r\n"], "hello"],
    ["until the end, for an HTTP/1.0 client", OLD_GET, ENDLESS, ["he", "llo"], "hello"],
  ])(
    "%s: the head before the first byte, and each piece before the next",
    async (_how, request, head, pieces, body) => {
      const { lane, asked } = await withUpstream();
      const client = rawClient(lane.port, request);
      const upstream = await asked();
      upstream.write(head);
      await until("the head is there", () => client.text().endsWith("\r\n\r\n"));
      const from = client.text().length;
      for (const piece of pieces) {
        const before = client.text().length;
        upstream.write(piece);
        // What is framing only may wait for an old client, who gets none.
        if (/[a-z]/.test(piece) || request === GET)
          await until("the piece is there", () => client.text().length > before);
      }
      expect(client.text().slice(from)).toBe(body);
    },
  );

  it.each([1, 2, 7])("byte by byte %i at a time it is the same", async (size) => {
    const { lane, asked } = await withUpstream();
    const client = rawClient(lane.port, GET);
    const upstream = await asked();
    const answer = `${CHUNKED}5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`;
    for (let at = 0; at < answer.length; at += size) {
      const piece = answer.slice(at, at + size);
      await new Promise((resolve) => upstream.write(piece, resolve));
    }
    await until("all is there", () => client.text().endsWith("\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"));
  });
});

describe("an upload leaves as it comes", () => {
  it.each([
    ["with a length", "Content-Length: 5", ["h", "ello"]],
    ["in chunks", "Transfer-Encoding: chunked", ["1\r\nh\r\n", "4\r\nel", "lo\r\n", "0\r\n\r\n"]],
  ])("%s", async (_how, line, pieces) => {
    const { lane, asked } = await withUpstream();
    const client = rawClient(lane.port, `POST / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`);
    const upstream = await asked();
    let got = "";
    upstream.on("data", (bytes) => {
      got += bytes.toString("latin1");
    });
    let sent = "";
    for (const piece of pieces) {
      client.socket.write(piece);
      sent += piece;
      await until("the piece is there", () => got === sent);
    }
  });
});

describe("an answer that is cut off is broken for the client, at once", () => {
  const cuts: readonly [string, string][] = [
    ["inside a chunk's size", `${CHUNKED}5\r\nhello\r\n1`],
    ["inside a chunk", `${CHUNKED}5\r\nhello\r\n9\r\nwor`],
    ["behind a chunk", `${CHUNKED}5\r\nhello\r\n`],
    ["behind the last chunk's line", `${CHUNKED}5\r\nhello\r\n0\r\n`],
    ["inside a trailer", `${CHUNKED}5\r\nhello\r\n0\r\nX-T: `],
    ["short of its length", `${LENGTH}hello`],
  ];
  const ways: readonly ["end" | "resetAndDestroy", string][] = [
    ["end", GET],
    ["end", OLD_GET],
    ["resetAndDestroy", GET],
    ["resetAndDestroy", OLD_GET],
  ];

  it.each(cuts.flatMap((cut) => ways.map((way) => [...cut, ...way] as const)))(
    "%s",
    async (_where, answer, way, request) => {
      const { lane, asked, outcomes } = await withUpstream();
      const client = rawClient(lane.port, request);
      const upstream = await asked();
      upstream.write(answer);
      await until("the client has what there is", () => client.text().includes("hello"));
      upstream[way]();
      const at = performance.now();
      expect(await client.closed).toBe("broken");
      expect(performance.now() - at).toBeLessThan(1_000);
      expect(client.text()).not.toMatch(/\r\n0\r\n\r\n$/);
      expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "truncated" });
    },
  );

  it.each([GET, OLD_GET])("also one that only a reset can end otherwise", async (request) => {
    const { lane, asked, outcomes } = await withUpstream();
    const client = rawClient(lane.port, request);
    const upstream = await asked();
    upstream.write(`${ENDLESS}hello`);
    await until("the client has what there is", () => client.text().includes("hello"));
    upstream.resetAndDestroy();
    expect(await client.closed).toBe("broken");
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "truncated" });
  });
});

describe("a slow reader", () => {
  it("gets all of an answer whose end waits in the lane, long after the lane is done with it otherwise", async () => {
    const piece = Buffer.alloc(60_000, "x");
    const upstream = await using(
      startRaw((socket) => {
        socket.on("data", async (request) => {
          const size = Number(/GET \/(\d+)/.exec(request.toString("latin1"))?.[1]);
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
          for (let left = size; left > 0; left -= piece.length) {
            socket.write(piece.subarray(0, left));
            await turn();
          }
        });
      }),
    );
    const { lane, outcomes } = await laneTo(upstream.url);
    // The kernel takes some 4 MB for a client that does not read: for one of these all but the last piece.
    const sizes = Array.from({ length: 28 }, (_, i) => 3_400_000 + i * 50_000);
    const readers = sizes.map((size) => {
      const request = `GET /${size} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const client = rawClient(lane.port, request);
      client.socket.pause();
      return { size, client };
    });
    await until("some are done with", () => outcomes.length > 0);
    const lingering = performance.now() + 2_500;
    await until("others would have been given up", () => performance.now() > lingering);
    for (const { client } of readers) client.socket.resume();
    for (const { size, client } of readers) {
      expect(await client.closed).toBe("clean");
      expect(client.text().length - client.text().indexOf("\r\n\r\n") - 4).toBe(size);
    }
  });
});
