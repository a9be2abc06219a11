import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { startHttp, startSilent } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const OVERLOADED = /^HTTP\/1\.1 503 [\s\S]*x-canary-error: overloaded\r\n[\s\S]*Retry-After: 1\r\n/;

/** Answers a request when `next` is called; the oldest first. */
async function startOnDemand() {
  const waiting: (() => void)[] = [];
  const upstream = await using(startHttp((request, response) => waiting.push(() => response.end(request.url))));
  return { upstream, asked: () => waiting.length, next: () => waiting.shift()?.() };
}

describe("when all connections to an endpoint are busy", () => {
  it("requests wait, are served in the order of coming, and are 503 when too many wait", async () => {
    const { upstream, asked, next } = await startOnDemand();
    const { lane, outcomes } = await laneTo(upstream.url, {
      settings: { maxEndpointConnections: 1, maxQueueLength: 2 },
    });
    const clients = [];
    for (const path of ["/0", "/1", "/2"]) {
      clients.push(rawClient(lane.port, GET.replace("/", path)));
      await until("it is in", () => lane.inFlight() === clients.length);
    }
    await until("the first is asked", () => asked() === 1);
    const refused = rawClient(lane.port, GET);
    await until("one too many is refused", () => OVERLOADED.test(refused.text()));
    // It is the endpoint that is busy, not the version that failed.
    expect(outcomes[0]?.outcome).toMatchObject({ status: 503, failure: undefined });
    for (const [i, client] of clients.entries()) {
      await until("the next is asked", () => asked() === 1);
      next();
      await until("it is answered", () => client.text().endsWith(`/${i}`));
    }
    expect(upstream.accepted()).toBe(1);
    expect(lane.inFlight()).toBe(0);
  });

  it("a request waits for its time only, and its client's next is served", async () => {
    const { upstream, asked, next } = await startOnDemand();
    const { lane } = await laneTo(upstream.url, { settings: { maxEndpointConnections: 1, queueTimeout: 40 } });
    const first = rawClient(lane.port, GET);
    await until("the first is asked", () => asked() === 1);
    const second = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    await until("its time is over", () => OVERLOADED.test(second.text()));
    next();
    await until("the first is answered", () => first.text().endsWith("/"));
    second.socket.write(GET);
    await until("its next is asked", () => asked() === 1);
    next();
    await until("its next is answered", () => second.text().includes("HTTP/1.1 200 "));
  });

  it("one that leaves does not take a place", async () => {
    const { upstream, asked, next } = await startOnDemand();
    const { lane, outcomes } = await laneTo(upstream.url, {
      settings: { maxEndpointConnections: 1, maxQueueLength: 1 },
    });
    rawClient(lane.port, GET);
    await until("the first is asked", () => asked() === 1);
    const leaving = rawClient(lane.port, GET);
    await until("the second waits", () => lane.inFlight() === 2);
    leaving.socket.destroy();
    await until("it is gone", () => outcomes.length === 1);
    const third = rawClient(lane.port, GET.replace("/", "/third"));
    await until("the third waits", () => lane.inFlight() === 2);
    next();
    await until("the third is asked", () => asked() === 1);
    next();
    await until("the third is answered", () => third.text().endsWith("/third"));
  });
});

describe("a slow connection attempt", () => {
  it("is not taken for a queue", async () => {
    const silent = await using(startSilent());
    const { url } = await laneTo(silent.url.replace("http:", "https:"), {
      settings: { queueTimeout: 10, connectTimeout: 200 },
    });
    const { status, headers } = await fetch(url);
    expect([status, headers.get("x-canary-error")]).toEqual([504, "connect_timeout"]);
  });
});
