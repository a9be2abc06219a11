import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { startAnswering, startEcho, startSilent } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const UPGRADE =
  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

describe("limits", () => {
  it.each([
    ["a URL", "maxUrlLength", 100, (size: number) => `GET /${"a".repeat(size)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
    [
      "a head",
      "maxHeadSize",
      200,
      (size: number) => `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(size)}\r\n\r\n`,
      431,
    ],
    [
      "a list of headers",
      "maxHeaders",
      20,
      (size: number) => `GET / HTTP/1.1\r\nHost: x\r\n${"X: a\r\n".repeat(size)}\r\n`,
      431,
    ],
  ] as const)(
    "%s may be as large as the settings say, and no larger",
    async (_what, setting, limit, request, status) => {
      const echo = await using(startEcho());
      const { lane } = await laneTo(echo.url, { settings: { [setting]: limit } });
      const small = rawClient(lane.port, request(limit / 2));
      await until("the small one is served", () => small.text().startsWith("HTTP/1.1 200 "));
      const large = rawClient(lane.port, request(limit + 1));
      expect(await large.closed).toBe("clean");
      expect(large.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(echo.accepted()).toBe(1);
    },
  );

  it("a connection serves so many requests, and the last answer says so", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: { maxRequestsPerConnection: 3 } });
    const client = rawClient(lane.port, GET.repeat(5));
    expect(await client.closed).toBe("clean");
    const answers = client.text().split("HTTP/1.1 200 ").slice(1);
    expect(answers.map((answer) => /\r\nconnection: close\r\n/i.test(answer))).toEqual([false, false, true]);
  });

  it("so many clients may be connected, those with a WebSocket included", async () => {
    const silent = await using(startSilent());
    const switching = await using(startAnswering(SWITCH));
    const { lane, edit } = await laneTo(switching.url, { settings: { maxConnections: 2 } });
    const socket = rawClient(lane.port, UPGRADE);
    await until("it has switched", () => socket.text().startsWith("HTTP/1.1 101 "));
    edit({ stable: { version: "v2", endpoints: [silent.url] } });
    const second = rawClient(lane.port, GET);
    await until("the second is forwarded", () => silent.open() === 1);
    const third = rawClient(lane.port, GET);
    await third.closed;
    expect([third.text(), silent.accepted()]).toEqual(["", 1]);
    second.socket.destroy();
    await until("the second has gone", () => silent.open() === 0);
    rawClient(lane.port, GET);
    await until("there is room again", () => silent.accepted() === 2);
  });
});

describe("a client's clocks", () => {
  it("close a connection on which no request has come, without a word", async () => {
    const { lane } = await laneTo("http://127.0.0.1:9", { settings: { keepAliveTimeout: 40 } });
    const client = rawClient(lane.port, "");
    await client.closed;
    expect(client.text()).toBe("");
  });

  it("close one that is idle after its answer", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: { keepAliveTimeout: 40 } });
    const client = rawClient(lane.port, GET);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.text()).not.toMatch(/408|connection: close/i);
  });

  it.each([
    ["in one piece", GET.slice(0, -2)],
    ["after an empty line", `\r\n${GET.slice(0, -2)}`],
  ])("end a head that does not come whole (%s)", async (_how, part) => {
    const { lane } = await laneTo("http://127.0.0.1:9", { settings: { headTimeout: 40 } });
    const client = rawClient(lane.port, part);
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 [\s\S]*x-canary-error: request_timeout\r\n/);
  });

  it("end a head that trickles in, however steadily", async () => {
    const { lane } = await laneTo("http://127.0.0.1:9", { settings: { headTimeout: 150 } });
    const client = rawClient(lane.port, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const trickle = setInterval(() => client.socket.write("a"), 10);
    await client.closed;
    clearInterval(trickle);
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("end a head that was begun behind an answer", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: { headTimeout: 40 } });
    const client = rawClient(lane.port, `${GET}GET / HT`);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 408 /);
  });
});
