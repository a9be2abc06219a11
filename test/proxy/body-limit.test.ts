import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { startEcho, startSilent } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: x\r\n";
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const TOO_LARGE = /^HTTP\/1\.1 413 [\s\S]*x-canary-error: body_too_large\r\n/;

describe("a body above the route's maxBody", () => {
  it("is refused by its length, before any of it has come and without asking the version", async () => {
    const echo = await using(startEcho());
    const { lane, outcomes } = await laneTo(echo.url, { route: { maxBody: 10 } });
    const client = rawClient(lane.port, `${HEAD}Content-Length: 11\r\n\r\n`);
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(TOO_LARGE);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 413, failure: undefined });
    expect(echo.accepted()).toBe(0);
  });

  it("leaves the connection in use when it has come whole", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { route: { maxBody: 10 } });
    const client = rawClient(lane.port, `${HEAD}Content-Length: 11\r\n\r\nhello world${GET}`);
    await until("the next is answered", () => client.text().includes("HTTP/1.1 200 "));
    expect(client.text()).toMatch(TOO_LARGE);
  });

  it("is refused in chunks as soon as they say more", async () => {
    const upstream = await using(startSilent());
    const { lane, outcomes } = await laneTo(upstream.url, { route: { maxBody: 10 } });
    const client = rawClient(lane.port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n`);
    await until("it is forwarded", () => upstream.open() === 1);
    client.socket.write("5\r\n");
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(TOO_LARGE);
    expect(outcomes).toMatchObject([{ outcome: { status: 413, failure: undefined } }]);
    await until("the version is left alone", () => upstream.open() === 0);
  });

  it("is the smallest that is refused", async () => {
    const echo = await using(startEcho());
    const { url } = await laneTo(echo.url, { route: { maxBody: 10 } });
    const sizes = [10, 11].map(async (size) => (await fetch(url, { method: "POST", body: Buffer.alloc(size) })).status);
    expect(await Promise.all(sizes)).toEqual([200, 413]);
  });
});
