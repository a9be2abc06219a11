import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import {
  startAnswering,
  startDeaf,
  startEcho,
  startHttp,
  startRaw,
  startSilent,
  type Upstream,
} from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const CHUNKED_ANSWER = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

describe("when the client leaves, the upstream connection is gone within 100 ms", () => {
  const phases: readonly [string, () => Promise<Upstream>, string, number][] = [
    ["before the head of the answer", startSilent, GET, 499],
    ["in the middle of a stream", () => startAnswering(CHUNKED_ANSWER), GET, 200],
    ["after a complete POST", startSilent, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", 499],
    ["in an upload with a length", startSilent, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi", 499],
    [
      "in a chunked upload",
      startSilent,
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
      499,
    ],
  ];
  const ways = ["destroy", "resetAndDestroy"] as const;

  it.each(phases.flatMap((phase) => ways.map((way) => [...phase, way] as const)))(
    "%s",
    async (_phase, start, text, status, way) => {
      const upstream = await using(start());
      const { lane, outcomes } = await laneTo(upstream.url);
      const client = rawClient(lane.port, text);
      await until("the upstream is asked", () => upstream.open() === 1);
      if (status === 200) await until("the stream began", () => client.text().includes("hello"));
      client.socket[way]();
      await until("the upstream connection is gone", () => upstream.open() === 0, 100);
      await until("the outcome is told", () => outcomes.length === 1);
      expect(outcomes[0]?.outcome).toMatchObject({ status, failure: undefined });
      expect(lane.inFlight()).toBe(0);
    },
  );

  it("also when more requests were sent ahead, which then go nowhere", async () => {
    const upstream = await using(startSilent());
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET.repeat(12));
    await until("the first is forwarded", () => upstream.open() === 1);
    client.socket.destroy();
    await until("the upstream connection is gone", () => upstream.open() === 0, 100);
    await until("its outcome is told", () => outcomes.length === 1);
    expect(upstream.accepted()).toBe(1);
  });

  it("also while its upload has to wait for the upstream, if it resets", async () => {
    const upstream = await using(startDeaf());
    const { lane, outcomes } = await laneTo(upstream.url);
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n";
    const client = rawClient(lane.port, head);
    client.socket.write(Buffer.alloc(30_000_000));
    let taken = 0;
    await until("nothing more is taken", async () => {
      const last = taken;
      await setTimeout(50);
      taken = client.socket.bytesWritten - client.socket.writableLength;
      return upstream.open() === 1 && lane.waiting.size === 1 && taken === last;
    });
    client.socket.resetAndDestroy();
    await until("the outcome is told", () => outcomes.length === 1, 1000);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 499, failure: undefined });
    await until("the upstream connection is gone", () => lane.pools.counts().connections === 0, 1000);
  });

  it("also while its upload waits for a free connection", async () => {
    const upstream = await using(startSilent());
    const { lane, outcomes } = await laneTo(upstream.url, { settings: { maxEndpointConnections: 1 } });
    rawClient(lane.port, GET);
    await until("the upstream is busy", () => upstream.open() === 1);
    const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    client.socket.write(Buffer.alloc(150_000));
    await until("it has to wait", () => lane.waiting.size === 1);
    client.socket.destroy();
    await until("the outcome is told", () => outcomes.length === 1, 1000);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 499, failure: undefined });
  });

  it("for 300 clients at once", async () => {
    const upstream = await using(startSilent());
    const { lane, outcomes } = await laneTo(upstream.url);
    const clients = Array.from({ length: 300 }, () => rawClient(lane.port, GET));
    await until("all are forwarded", () => upstream.open() === 300);
    for (const { socket } of clients) socket.destroy();
    await until("no socket stays", () => upstream.open() === 0);
    await until("each outcome is told", () => outcomes.length === 300);
    expect(lane.inFlight()).toBe(0);
  });
});

describe("when the upstream breaks an answer that has begun, the client cannot take it for whole", () => {
  it.each([
    ["resets in a chunked body", CHUNKED_ANSWER, "reset", "truncated"],
    ["ends in a chunked body", CHUNKED_ANSWER, "end", "truncated"],
    ["ends short of its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "end", "truncated"],
  ] as const)("it %s", async (_how, answer, then, failure) => {
    const upstream = await using(startAnswering(answer, then));
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.text()).toMatch(/hello/);
    expect(client.text()).not.toMatch(/\r\n0\r\n\r\n$/);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure });
  });

  it("it goes on with what is no chunk", async () => {
    let spoil = (): void => {};
    const upstream = await using(
      startRaw((socket) => {
        socket.once("data", () => socket.write(CHUNKED_ANSWER));
        spoil = () => socket.write("zz\r\n");
      }),
    );
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("the stream began", () => client.text().includes("hello"));
    spoil();
    await client.closed;
    expect(client.text()).toMatch(/hello\r\n$/);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "protocol_error" });
  });

  it("not even an HTTP/1.0 client, to whom an end of the connection is the end of the answer", async () => {
    const upstream = await using(startAnswering(CHUNKED_ANSWER, "reset"));
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "GET / HTTP/1.0\r\n\r\n");
    expect(await client.closed).toBe("broken");
  });

  it("but an answer delimited by the end of the connection is passed as one with an end", async () => {
    const upstream = await using(startAnswering("HTTP/1.1 200 OK\r\n\r\nall of it", "end"));
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("the answer has ended", () => client.text().endsWith("\r\n0\r\n\r\n"));
    expect(client.text()).toMatch(/transfer-encoding: chunked/i);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: undefined });
  });
});

describe("an answer that comes while the upload still runs", () => {
  it("reaches the client, and neither connection is used again", async () => {
    const upstream = await using(
      startRaw((socket) =>
        socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")),
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
    await until("the answer has come", () => client.text().endsWith("\r\n\r\nno"));
    await until("the upstream connection is gone", () => upstream.open() === 0);
    client.socket.write(`world${GET}`);
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(/connection: close\r\n/i);
    expect(client.text().split("413 Too Large")).toHaveLength(2);
    expect(upstream.accepted()).toBe(1);
  });
});

describe("the clocks", () => {
  it("first byte: 504 when the endpoint does not begin to answer", async () => {
    const upstream = await using(startSilent());
    const { url, outcomes } = await laneTo(upstream.url, { settings: { firstByteTimeout: 40 } });
    const response = await fetch(url);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([504, "first_byte_timeout"]);
    await until("the upstream connection is gone", () => upstream.open() === 0, 100);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 504, failure: "first_byte_timeout" });
  });

  it("connect: 504 when the endpoint does not take the connection", async () => {
    // A TLS handshake that is never answered: the one connect that hangs without leaving this machine.
    const upstream = await using(startSilent());
    const { url, outcomes } = await laneTo(upstream.url.replace("http:", "https:"), {
      settings: { connectTimeout: 40 },
    });
    const response = await fetch(url);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([504, "connect_timeout"]);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 504, failure: "connect_timeout" });
  });

  it("idle: an answer that stalls is broken off", async () => {
    const upstream = await using(startAnswering(CHUNKED_ANSWER));
    const { lane, outcomes } = await laneTo(upstream.url, { settings: { idleTimeout: 40 } });
    const client = rawClient(lane.port, GET);
    await client.closed;
    expect(client.text()).toMatch(/hello\r\n$/);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: "idle_timeout" });
  });

  it("idle: an endpoint that stops reading the upload is 504", async () => {
    const upstream = await using(startDeaf());
    // Long enough for the buffers on the way to fill up first, also on a busy machine.
    const { url, outcomes } = await laneTo(upstream.url, { settings: { idleTimeout: 300 } });
    const response = await fetch(url, { method: "POST", body: Buffer.alloc(20 * 1024 * 1024) }).catch(() => undefined);
    if (response !== undefined) expect(response.headers.get("x-canary-error")).toBe("idle_timeout");
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 504, failure: "idle_timeout" });
  });

  it("idle: a client that stops sending the body is 408, which is not the version's failure", async () => {
    const upstream = await using(startSilent());
    const { lane, outcomes } = await laneTo(upstream.url, { settings: { bodyTimeout: 40 } });
    const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi");
    await until("it is told", () => client.text().includes("x-canary-error: body_timeout"));
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 408, failure: undefined });
    await until("the upstream connection is gone", () => upstream.open() === 0);
  });

  it("do not ring while something moves", async () => {
    const upstream = await using(
      startHttp((_request, response) => {
        let left = 30;
        const timer = setInterval(() => {
          if (left-- > 0) response.write("x");
          else {
            clearInterval(timer);
            response.end();
          }
        }, 20);
      }),
    );
    const { url } = await laneTo(upstream.url, { settings: { firstByteTimeout: 300, idleTimeout: 300 } });
    expect(await (await fetch(url)).text()).toBe("x".repeat(30));
  });
});

describe("what the door is told", () => {
  it("is one decision and one outcome a request, with times that fit together", async () => {
    const echo = await using(startEcho());
    const { url, lane, decisions, outcomes } = await laneTo(echo.url);
    await (await fetch(`${url}/v1/embeddings`)).text();
    await until("the outcome is told", () => outcomes.length === 1);
    expect(decisions).toEqual([outcomes[0]?.decision]);
    expect(outcomes[0]?.labels).toEqual({ customerType: "standard", modality: "embedding" });
    const { status, failure, firstByte = -1, duration = -1, overhead = -1 } = outcomes[0]?.outcome ?? {};
    expect([status, failure]).toEqual([200, undefined]);
    expect(overhead).toBeGreaterThan(0);
    expect(firstByte).toBeGreaterThanOrEqual(overhead);
    expect(duration).toBeGreaterThanOrEqual(firstByte);
    expect(lane.inFlight()).toBe(0);
  });

  it("counts a 5xx as the version's failure and a 4xx as nobody's", async () => {
    const upstream = await using(
      startHttp((request, response) => response.writeHead(Number(request.url?.slice(1))).end()),
    );
    const { url, outcomes } = await laneTo(upstream.url);
    for (const status of [503, 404]) await fetch(`${url}/${status}`);
    await until("both outcomes are told", () => outcomes.length === 2);
    expect(outcomes.map(({ outcome }) => outcome.failure)).toEqual(["http_5xx", undefined]);
  });

  it("names only customer types that the rules name", async () => {
    const echo = await using(startEcho());
    const { url, outcomes } = await laneTo(echo.url, {
      rules: {
        customers: {
          id: [],
          type: [{ from: "header", name: "x-type" }],
          defaultType: "standard",
          types: [],
          jwt: undefined,
        },
      },
    });
    for (const type of ["made-up", "standard"]) await fetch(url, { headers: { "x-type": type } });
    await until("both outcomes are told", () => outcomes.length === 2);
    expect(outcomes.map(({ labels }) => labels.customerType)).toEqual(["other", "standard"]);
  });
});

describe("draining", () => {
  it("takes no new connections, lets what is in flight finish, and tells clients to close", async () => {
    let finish = (): void => {};
    const upstream = await using(
      startHttp((_request, response) => {
        finish = () => response.end("done");
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is forwarded", () => upstream.open() === 1);
    const idle = rawClient(lane.port, "");
    const drained = lane.drain(5000);
    const refused = rawClient(lane.port, GET);
    await refused.closed;
    expect(refused.text()).toBe("");
    finish();
    await drained;
    await Promise.all([client.closed, idle.closed]);
    expect(client.text()).toMatch(/connection: close/i);
    expect(client.text()).toMatch(/done/);
    await until("no connection to the upstream stays", () => upstream.open() === 0);
  });

  it("ends what is left when its time is over, and still tells each outcome", async () => {
    const upstream = await using(startAnswering(CHUNKED_ANSWER));
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("the stream began", () => client.text().includes("hello"));
    await lane.drain(20);
    await client.closed;
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: undefined });
    expect(lane.inFlight()).toBe(0);
  });
});
