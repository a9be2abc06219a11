import type { LookupFunction } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseEndpoint } from "../../../src/proxy/endpoint.ts";
import { EndpointTls } from "../../../src/proxy/endpoint-tls.ts";
import { Pool, type PoolSettings } from "../../../src/proxy/express/pool.ts";
import { TimerWheel } from "../../../src/proxy/express/timer-wheel.ts";
import type { UpstreamConnection, UpstreamUser } from "../../../src/proxy/express/upstream-connection.ts";
import type { Failure } from "../../../src/routing/outcome.ts";
import { until } from "../../kit/until.ts";
import { refusedUrl, startRaw, startSilent } from "../../kit/upstream.ts";
import { using } from "../lane-fixture.ts";

const lookup: LookupFunction = (_name, _options, callback) => callback(null, "127.0.0.1", 4);

/** A pool on a clock that is moved by hand. */
function poolTo(url: string, settings: Partial<PoolSettings> = {}) {
  let now = 0;
  const wheel = new TimerWheel(10, 0);
  const all = {
    maxEndpointConnections: 2,
    maxQueueLength: 2,
    connectTimeout: 1000,
    endpointKeepAliveTimeout: 4000,
    ...settings,
  };
  const endpoint = parseEndpoint(url);
  const tls = endpoint.secure
    ? new EndpointTls(
        endpoint.hostname,
        undefined,
        () => now,
        () => {},
      )
    : undefined;
  const pool = new Pool(endpoint, tls, { settings: all, wheel, lookup, now: () => now });
  onTestFinished(() => pool.closeIdle());
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; wheel.turn(now)) now += 10;
  };
  return { pool, pass };
}

/** Somebody who wants a connection, and what became of it. */
class User implements UpstreamUser {
  connection: UpstreamConnection | undefined;
  failure: Failure | undefined;
  onConnected(connection: UpstreamConnection): void {
    this.connection = connection;
  }
  onConnectFailed(failure: Failure): void {
    this.failure = failure;
  }
  onNoRoom(): void {}
  onUpstreamBytes(): void {}
  onUpstreamDrain(): void {}
  onUpstreamEnd(): void {
    this.connection = undefined;
  }
}

async function connected(pool: Pool, user = new User()): Promise<UpstreamConnection> {
  expect(pool.dial(user)).toBe(true);
  await until("it is connected", () => user.connection !== undefined);
  if (user.connection === undefined) throw new Error("unreachable");
  return user.connection;
}

describe("a pool", () => {
  it("gives out what was given back last, for as long as it is kept", async () => {
    const { pool, pass } = poolTo((await using(startSilent())).url);
    const [first, second] = [await connected(pool), await connected(pool)];
    pool.release(first, Infinity);
    pass(3000);
    pool.release(second, Infinity);
    pass(1100);
    expect(pool.takeIdle(new User())).toBe(second);
    expect(pool.takeIdle(new User())).toBeUndefined();
    expect(second.requests).toBe(2);
    await until("the first has expired", () => first.socket.destroyed && pool.size === 1);
    second.destroy();
  });

  it("keeps a connection no longer than its server would", async () => {
    const upstream = await using(startSilent());
    const { pool, pass } = poolTo(upstream.url);
    pool.release(await connected(pool), 800);
    pass(900);
    expect(pool.takeIdle(new User())).toBeUndefined();
    await until("it is closed", () => upstream.open() === 0);
  });

  it("does not expire a connection that is in use", async () => {
    const { pool, pass } = poolTo((await using(startSilent())).url);
    const connection = await connected(pool);
    pool.release(connection, 800);
    expect(pool.takeIdle(new User())).toBe(connection);
    pass(60_000);
    expect(connection.usable).toBe(true);
    connection.destroy();
  });

  it("never gives out a connection that has ended while it was idle", async () => {
    const ends: (() => void)[] = [];
    const upstream = await using(startRaw((socket) => ends.push(() => socket.end())));
    const { pool } = poolTo(upstream.url);
    pool.release(await connected(pool), Infinity);
    for (const end of ends) end();
    await until("the end has come", () => pool.size === 0);
    expect(pool.takeIdle(new User())).toBeUndefined();
  });

  it("closes an idle connection on which something comes", async () => {
    const upstream = await using(startRaw((socket) => setTimeout(() => socket.write("HTTP/1.1 200 OK\r\n\r\n"), 20)));
    const { pool } = poolTo(upstream.url);
    pool.release(await connected(pool), Infinity);
    await until("it is gone", () => pool.size === 0);
    expect(pool.takeIdle(new User())).toBeUndefined();
  });

  it("opens no more connections than it may; who comes then is served in the order of coming", async () => {
    const upstream = await using(startSilent());
    const { pool } = poolTo(upstream.url);
    const [first, second] = [await connected(pool), await connected(pool)];
    const [third, fourth, fifth] = [new User(), new User(), new User()];
    expect([pool.dial(third), pool.dial(fourth), pool.dial(fifth)]).toEqual([true, true, false]);
    expect([pool.isQueued(third), pool.isQueued(fifth)]).toEqual([true, false]);
    pool.release(first, Infinity);
    await until("the third has the first's connection", () => third.connection === first);
    expect([fourth.connection, pool.isQueued(third)]).toEqual([undefined, false]);
    // Nobody overtakes those who wait.
    expect(pool.takeIdle(new User())).toBeUndefined();
    second.destroy();
    await until("the fourth has a new one", () => fourth.connection !== undefined);
    expect([pool.size, upstream.accepted()]).toEqual([2, 3]);
    third.connection?.destroy();
    fourth.connection?.destroy();
  });

  it("forgets who gave up waiting, and closes what was being opened for him", async () => {
    const upstream = await using(startSilent());
    const { pool } = poolTo(upstream.url, { maxEndpointConnections: 1 });
    const [opening, waiting, next] = [new User(), new User(), new User()];
    for (const user of [opening, waiting, next]) pool.dial(user);
    pool.cancel(waiting);
    pool.cancel(opening);
    await until("the next is served", () => next.connection !== undefined);
    expect([opening.connection, waiting.connection, pool.size]).toEqual([undefined, undefined, 1]);
    next.connection?.destroy();
    await until("nothing is left", () => pool.size === 0 && upstream.open() === 0);
  });

  it("tells everyone who waits when the endpoint takes no connections", async () => {
    const { pool } = poolTo(await refusedUrl(), { maxEndpointConnections: 1 });
    const users = [new User(), new User(), new User()];
    for (const user of users) pool.dial(user);
    await until("all are told", () => users.every(({ failure }) => failure === "connect_refused"));
    expect(pool.size).toBe(0);
  });

  it("gives a connection attempt no more than its time", async () => {
    // A TLS handshake that is never answered: the one connect that hangs without leaving this machine.
    const upstream = await using(startSilent());
    const { pool, pass } = poolTo(upstream.url.replace("http:", "https:"));
    const user = new User();
    pool.dial(user);
    await until("the endpoint has the connection", () => upstream.open() === 1);
    pass(1100);
    await until("it is told", () => user.failure === "connect_timeout");
    expect(pool.size).toBe(0);
  });

  it("says that an endpoint refuses which ends the connection inside the TLS handshake", async () => {
    const upstream = await using(startRaw((socket) => socket.once("data", () => socket.end())));
    const { pool } = poolTo(upstream.url.replace("http:", "https:"));
    const user = new User();
    pool.dial(user);
    await until("it is told", () => user.failure === "connect_refused");
  });
});
