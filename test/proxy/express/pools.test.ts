import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { Pools } from "../../../src/proxy/express/pools.ts";
import { TimerWheel } from "../../../src/proxy/express/timer-wheel.ts";
import type { Version } from "../../../src/routing/rules.ts";
import { until } from "../../kit/until.ts";
import { startEcho } from "../../kit/upstream.ts";
import { laneTo, using } from "../lane-fixture.ts";

const lookup: LookupFunction = (_name, _options, callback) => callback(null, "127.0.0.1", 4);
const settings = { maxEndpointConnections: 1, maxQueueLength: 1, connectTimeout: 1000, endpointKeepAliveTimeout: 4000 };

/** `dice`: what is thrown, over and over. */
function poolsWith(...dice: number[]) {
  let throws = 0;
  const context = { settings, wheel: new TimerWheel(10, 0), lookup, now: () => 0 };
  return new Pools(context, { env: () => undefined, warn: () => {} }, () => dice[throws++ % dice.length] ?? 0);
}

function version(name: string, ...endpoints: string[]): Version {
  return { version: name, endpoints };
}

describe("choosing an endpoint", () => {
  it("takes the less busy of two drawn ones", () => {
    const three = version("v1", "http://a:1", "http://b:1", "http://c:1");
    const pools = poolsWith(0.1, 0.5); // the first and the second
    const first = pools.choose(three);
    expect(first.endpoint.hostname).toBe("a");
    first.inFlight = 1;
    expect(pools.choose(three).endpoint.hostname).toBe("b");
  });

  it("spreads requests over all endpoints, and keeps away from a busy one", () => {
    const three = version("v1", "http://a:1", "http://b:1", "http://c:1");
    const pools = poolsWith(0.05, 0.4, 0.9, 0.35, 0.7, 0.1, 0.6, 0.2, 0.99);
    const chosen = Array.from({ length: 300 }, () => {
      const pool = pools.choose(three);
      pool.inFlight++;
      return pool;
    });
    expect([...new Set(chosen)].map(({ inFlight }) => Math.round(inFlight / 50))).toEqual([2, 2, 2]);
    const [busy] = chosen;
    if (busy !== undefined) busy.inFlight = 10_000;
    const next = Array.from({ length: 300 }, () => pools.choose(three)).filter((pool) => pool === busy);
    expect(next.length).toBeLessThan(100);
  });

  it("gives versions that share an endpoint its one pool, across edits", () => {
    const pools = poolsWith(0);
    const pool = pools.choose(version("v1", "http://a:1"));
    pool.inFlight = 7;
    expect(pools.choose(version("v2", "http://a:1"))).toBe(pool);
    expect(pools.choose(version("v1", "http://a:1", "http://b:1"))).toBe(pool);
  });

  it("gives an endpoint that comes up again while nobody uses it the pool that it had", () => {
    const pools = poolsWith(0);
    const old = version("v1", "http://a:1");
    const pool = pools.choose(old);
    pools.choose(version("v2", "http://b:1"));
    expect(pools.choose(version("v3", "http://a:1"))).toBe(pool);
    expect(pools.choose(old)).toBe(pool);
  });
});

describe("connections", () => {
  it("survive an edit of the rules, and are all closed at the end", async () => {
    const [one, other] = [await using(startEcho()), await using(startEcho())];
    const fixture = await laneTo(one.url);
    await (await fetch(fixture.url)).text();
    fixture.edit({ stable: { version: "v2", endpoints: [one.url] } });
    await (await fetch(fixture.url)).text();
    expect(one.accepted()).toBe(1);
    fixture.edit({ stable: { version: "v3", endpoints: [other.url] } });
    await (await fetch(fixture.url)).text();
    await fixture.lane.drain(0);
    await until("none is left", () => one.open() + other.open() === 0, 1000);
  });
});
