import { describe, expect, it } from "vitest";
import { type BegunRequest, type RequestEnd, together, type Wanted } from "../../src/proxy/onlooker.ts";
import { until } from "../kit/until.ts";
import { refusedUrl, startEcho, startHttp } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

interface Told {
  readonly request: string | undefined;
  readonly answer: string | undefined;
  readonly status: number;
  readonly version: string;
  readonly lost: string | undefined;
}

/** An onlooker that copies up to `limit` bytes, and what it was told. */
function looking(limit: number) {
  const begun: BegunRequest[] = [];
  const whole: string[] = [];
  const ends: Told[] = [];
  const onlooker = (request: BegunRequest): Wanted => {
    begun.push(request);
    return {
      requestLimit: limit,
      answerLimit: limit,
      keepsPart: false,
      onRequest: (body) => whole.push(body.bytes.toString()),
      onEnd: ({ request, answer, outcome, decision }: RequestEnd) =>
        ends.push({
          request: request?.bytes.toString(),
          answer: answer?.bytes.toString(),
          status: outcome.status,
          version: decision.version.version,
          lost: request?.lost ?? answer?.lost,
        }),
    };
  };
  return { onlooker, begun, whole, ends };
}

describe("an onlooker", () => {
  it("sees the request and the answer whole, whatever frames them", async () => {
    const upstream = await using(
      startHttp((request, response) => {
        request.resume().on("end", () => {
          response.setHeader("content-type", "text/event-stream");
          response.write("data: 1\n\n");
          setTimeout(() => response.end("data: 2\n\n"), 5);
        });
      }),
    );
    const { onlooker, whole, ends } = looking(1_000);
    const { url } = await laneTo(upstream.url, { onlooker });
    const parts = new ReadableStream({
      start(controller) {
        for (const part of ["hel", "lo ", "you"]) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const init: RequestInit & { duplex: "half" } = { method: "POST", body: parts, duplex: "half" };
    expect(await (await fetch(`${url}/v1/chat/completions`, init)).text()).toBe("data: 1\n\ndata: 2\n\n");
    await until("the onlooker is told", () => ends.length === 1);
    expect(whole).toEqual(["hello you"]);
    expect(ends).toEqual([
      { request: "hello you", answer: "data: 1\n\ndata: 2\n\n", status: 200, version: "v1", lost: undefined },
    ]);
  });

  it("sees a body that was read for the decision", async () => {
    const upstream = await using(startEcho());
    const { onlooker, whole, ends } = looking(1_000);
    const rule = { name: "m", when: [{ fact: "model" as const, values: ["m"] }], shares: [] };
    const { url } = await laneTo(upstream.url, { onlooker, route: { rules: [rule] } });
    const body = JSON.stringify({ model: "m", messages: [] });
    const headers = { "content-type": "application/json" };
    await (await fetch(`${url}/v1/chat/completions`, { method: "POST", body, headers })).text();
    await until("the onlooker is told", () => ends.length === 1);
    expect(whole).toEqual([body]);
  });

  it("is told that a body is over its limit, and the request goes on", async () => {
    const upstream = await using(startEcho());
    const { onlooker, whole, ends } = looking(100);
    const { url } = await laneTo(upstream.url, { onlooker });
    const answer = await fetch(url, { method: "POST", body: "x".repeat(101) });
    expect(await answer.json()).toMatchObject({ length: 101 });
    await until("the onlooker is told", () => ends.length === 1);
    expect([whole, ends[0]?.lost, ends[0]?.request]).toEqual([[""], "too_large", ""]);
  });

  it("is told once of each request, also of those that fail or whose client leaves, and nothing stays", async () => {
    const hanging = await using(startHttp(() => {}));
    const { onlooker, begun, ends } = looking(1_000);
    const waiting = await laneTo(hanging.url, { onlooker });
    const client = rawClient(waiting.lane.port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    await until("the onlooker is told", () => begun.length === 1);
    client.socket.destroy();
    await until("the onlooker is told", () => ends.length === 1);
    const dead = await laneTo(await refusedUrl(), { onlooker });
    await (await fetch(dead.url, { method: "POST", body: "hello" })).text();
    await until("the onlooker is told", () => ends.length === 2);
    expect(ends.map(({ status, answer }) => [status, answer])).toEqual([
      [499, undefined],
      [502, undefined],
    ]);
    for (const { lane } of [waiting, dead]) expect(lane.copyBudget.free).toBe(lane.settings.copyTotal);
  });

  it("is told of a request whose body is too large for its route, and not that it came whole", async () => {
    const upstream = await using(startEcho());
    const { onlooker, whole, ends } = looking(1_000);
    const { url } = await laneTo(upstream.url, { onlooker, route: { maxBody: 3 } });
    expect((await fetch(url, { method: "POST", body: "hello" })).status).toBe(413);
    await until("the onlooker is told", () => ends.length === 1);
    expect([whole, ends[0]?.status]).toEqual([[], 413]);
  });

  it("shares its copies with others", async () => {
    const upstream = await using(startEcho());
    const [one, other] = [looking(10), looking(1_000)];
    const onlooker = (request: BegunRequest) => together(one.onlooker(request), other.onlooker(request));
    const { url } = await laneTo(upstream.url, { onlooker });
    await (await fetch(url, { method: "POST", body: "hello hello hello" })).text();
    await until("the onlooker is told", () => other.ends.length === 1);
    expect([one.whole, other.whole]).toEqual([["hello hello hello"], ["hello hello hello"]]);
    expect(one.ends).toEqual(other.ends);
  });

  it("copies the answer of whoever answered in the end", async () => {
    const stable = await using(startHttp((_, response) => response.end("stable's")));
    const { onlooker, ends } = looking(1_000);
    const { url } = await laneTo(stable.url, {
      onlooker,
      route: {
        candidates: [{ version: "v2", endpoints: [await refusedUrl()] }],
        rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 10_000 }] }],
        fallback: "failures",
      },
    });
    expect(await (await fetch(url, { method: "POST", body: "hello" })).text()).toBe("stable's");
    await until("the onlooker is told", () => ends.length === 1);
    expect(ends[0]).toMatchObject({ answer: "stable's", version: "v1", request: "hello" });
  });
});
