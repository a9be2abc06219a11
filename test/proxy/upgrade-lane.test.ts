import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { until } from "../kit/until.ts";
import { refusedUrl, startAnswering, startEcho, startRaw, startSilent, startWebSocketEcho } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const UPGRADE =
  "GET /ws//a%2Fb?x=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** Agrees to switch and sends back every byte that follows. */
function startSwitching() {
  return startRaw((socket) =>
    socket.once("data", () => {
      socket.write(SWITCH);
      socket.pipe(socket);
    }),
  );
}

describe("a WebSocket", () => {
  it("carries messages both ways, on the path that was asked for", async () => {
    const echo = await using(startWebSocketEcho());
    const { lane, outcomes } = await laneTo(`${echo.url}/base`);
    const socket = new WebSocket(`ws://127.0.0.1:${lane.port}/live//x%2Fy?a=1`);
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    const opened = once(socket, "open");
    const [answer] = await once(socket, "upgrade");
    expect(answer.headers).toMatchObject({ "x-canary-route": "chat", "x-canary-version": "v1" });
    await opened;
    socket.send("hello");
    socket.send("b".repeat(200_000));
    await until("all is back", () => received.length === 3);
    expect(received).toEqual(["/base/live//x%2Fy?a=1", "hello", "b".repeat(200_000)]);
    expect(lane.inFlight()).toBe(1);
    socket.close();
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: undefined });
    await until("the upstream connection is gone", () => echo.open() === 0);
  });

  it("carries bytes that came in the same packet as the head, and none before the 101", async () => {
    let before = "";
    const upstream = await using(
      startRaw((socket) =>
        socket.on("data", (data) => {
          before += data.toString("latin1");
          if (before.endsWith("\r\n\r\n")) setTimeout(() => socket.write(`${SWITCH}ahead`), 20);
          else socket.write("after");
        }),
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, `${UPGRADE}early`);
    await until("both have passed", () => client.text().endsWith("aheadafter"));
    expect(before).toMatch(/\r\n\r\nearly$/);
  });

  it("is not asked for with a body: that could as well be the tunnel's first bytes, or another request", async () => {
    const upstream = await using(startSwitching());
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(
      lane.port,
      `${UPGRADE.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 30\r\n\r\n")}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-canary-error: bad_upgrade\r\n/);
    expect(upstream.accepted()).toBe(0);
  });

  it("is asked for as its version wants it: path, headers, and an absolute target by its path", async () => {
    let head = "";
    const upstream = await using(
      startRaw((socket) =>
        socket.on("data", (data) => {
          head += data.toString("latin1");
        }),
      ),
    );
    const stable = {
      version: "v1",
      endpoints: [`${upstream.url}/base`],
      path: { prefix: "/ws", to: "/v2/live" },
      headers: [{ name: "authorization", value: [{ from: "text", text: "Bearer ours" }] }],
    } as const;
    const { lane } = await laneTo("", { route: { stable } });
    const asking = UPGRADE.replace("/ws//a", "http://x/ws//a").replace("Host", "Authorization: theirs\r\nHost");
    rawClient(lane.port, asking);
    await until("it is asked", () => head.endsWith("\r\n\r\n"));
    expect(head).toMatch(/^GET \/base\/v2\/live\/\/a%2Fb\?x=1 HTTP\/1\.1\r\n/);
    expect(head.match(/authorization: .*/gi)).toEqual(["authorization: Bearer ours"]);
  });

  it.each(["websocket, h2c", "h2c, websocket", "foo", "websocket, foo"])(
    "is no tunnel for whatever else is offered: %s",
    async (offer) => {
      const echo = await using(startEcho());
      const { lane } = await laneTo(echo.url);
      const client = rawClient(lane.port, UPGRADE.replace("Upgrade: websocket", `Upgrade: ${offer}`));
      await until("it is served as a plain request", () => client.text().endsWith("}"));
      expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
      expect(client.text()).not.toMatch(/\["upgrade"|h2c/);
    },
  );

  it("that the endpoint refuses keeps its answer, whatever delimits it", async () => {
    for (const framing of ["Content-Length: 2\r\n\r\nno", "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"]) {
      const upstream = await using(startAnswering(`HTTP/1.1 403 Forbidden\r\nX-Why: so\r\n${framing}`));
      const { lane, outcomes } = await laneTo(upstream.url);
      const client = rawClient(lane.port, UPGRADE);
      expect(await client.closed).toBe("clean");
      expect(client.text()).toMatch(
        /^HTTP\/1\.1 403 Forbidden\r\nX-Why: so\r\n[\s\S]*x-canary-version: v1\r\n[\s\S]*\r\n\r\nno$/,
      );
      await until("the outcome is told", () => outcomes.length === 1);
      expect(outcomes[0]?.outcome).toMatchObject({ status: 403, failure: undefined });
    }
  });

  it("whose refusal breaks off is seen as broken", async () => {
    const upstream = await using(
      startAnswering("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n", "reset"),
    );
    const { lane } = await laneTo(upstream.url);
    expect(await rawClient(lane.port, UPGRADE).closed).toBe("broken");
  });

  it("is answered in JSON when there is no endpoint, no answer, or no route", async () => {
    const silent = await using(startSilent());
    const cases = [
      [await refusedUrl(), 502, "upstream_refused"],
      [silent.url, 504, "first_byte_timeout"],
      [
        (await using(startRaw((socket) => socket.once("data", () => socket.resetAndDestroy())))).url,
        502,
        "upstream_reset",
      ],
    ] as const;
    for (const [endpoint, status, code] of cases) {
      const { lane, outcomes } = await laneTo(endpoint, { settings: { firstByteTimeout: 40 } });
      const client = rawClient(lane.port, UPGRADE);
      await until("it is answered", () => client.text().includes("}}"));
      expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*x-canary-error: ${code}\r\n`));
      client.socket.destroy();
      await until("the outcome is told", () => outcomes.length === 1);
      expect(outcomes[0]?.outcome.status).toBe(status);
    }
    const { lane } = await laneTo(silent.url, { route: { match: [{ path: "/only", conditions: [] }] } });
    const client = rawClient(lane.port, UPGRADE);
    await client.closed;
    expect(client.text()).toMatch(/x-canary-error: no_route\r\n/);
  });
});

describe("leaving a WebSocket", () => {
  it.each(["destroy", "resetAndDestroy"] as const)(
    "before the endpoint has answered harms nobody (%s)",
    async (way) => {
      const upstream = await using(startSilent());
      const { lane, outcomes } = await laneTo(upstream.url);
      const client = rawClient(lane.port, UPGRADE);
      await until("the upstream is asked", () => upstream.open() === 1);
      client.socket[way]();
      await until("the upstream connection is gone", () => upstream.open() === 0, 100);
      await until("the outcome is told", () => outcomes.length === 1);
      expect(outcomes[0]?.outcome).toMatchObject({ status: 499, failure: undefined });
    },
  );

  it.each(["destroy", "resetAndDestroy"] as const)("reaches the endpoint (%s)", async (way) => {
    const upstream = await using(startSwitching());
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPGRADE);
    await until("it has switched", () => client.text().startsWith("HTTP/1.1 101"));
    client.socket[way]();
    await until("the upstream connection is gone", () => upstream.open() === 0, 100);
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: undefined });
  });

  it("by the endpoint's reset reaches the client as one", async () => {
    const upstream = await using(startAnswering(SWITCH, "reset"));
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPGRADE);
    expect(await client.closed).toBe("broken");
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: "truncated" });
  });

  it("by halves lets the other half go on", async () => {
    let all = "";
    const upstream = await using(
      startRaw(
        (socket) => {
          socket.once("data", () => socket.write(SWITCH));
          socket.on("data", (data) => {
            all += data.toString("latin1");
          });
          socket.on("end", () => socket.end("last words"));
        },
        { allowHalfOpen: true },
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPGRADE);
    await until("it has switched", () => client.text().startsWith("HTTP/1.1 101"));
    client.socket.end("bye");
    expect(await client.closed).toBe("clean");
    expect(all).toMatch(/bye$/);
    expect(client.text()).toMatch(/last words$/);
  });

  it("by the endpoint's half lets the client's go on", async () => {
    let all = "";
    const upstream = await using(
      startRaw(
        (socket) => {
          socket.once("data", () => socket.end(`${SWITCH}bye`));
          socket.on("data", (data) => {
            all += data.toString("latin1");
          });
        },
        { allowHalfOpen: true },
      ),
    );
    const { lane, outcomes } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPGRADE, { allowHalfOpen: true });
    await until("it has ended its half", () => client.socket.readableEnded);
    expect(client.text()).toMatch(/bye$/);
    client.socket.end("last words");
    await until("the client's last words have come", () => all.endsWith("last words"));
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: undefined });
    await until("the upstream connection is gone", () => upstream.open() === 0);
  });

  it("is done for the client when nothing moves for too long", async () => {
    const upstream = await using(startSwitching());
    const { lane, outcomes } = await laneTo(upstream.url, { settings: { idleTimeout: 40 } });
    await rawClient(lane.port, UPGRADE).closed;
    await until("the upstream connection is gone", () => upstream.open() === 0);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: undefined });
  });

  it("is done for the client when the time to drain is over", async () => {
    const upstream = await using(startSwitching());
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPGRADE);
    await until("it has switched", () => client.text().startsWith("HTTP/1.1 101"));
    await lane.drain(20);
    await client.closed;
    expect(lane.inFlight()).toBe(0);
  });
});
