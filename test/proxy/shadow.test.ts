import { describe, expect, it } from "vitest";
import type { AnswerPair, ShadowDesk } from "../../src/proxy/shadow/shadow-desk.ts";
import { cutKey } from "../../src/routing/cuts.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import type { Route, Shadow } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import { refusedUrl, type Seen, startEcho, startHttp, startSilent, type Upstream } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

interface Pair extends Pick<AnswerPair, "path"> {
  readonly primary: string | undefined;
  readonly shadow: string | undefined;
}

/** A desk, and what it was told. */
function desk() {
  const told = { sent: 0, ended: [] as Outcome[], dropped: [] as string[], pairs: [] as Pair[] };
  const shadows: ShadowDesk = {
    onSent: () => told.sent++,
    onDropped: (_, why, sent) => told.dropped.push(sent ? `${why}, sent` : why),
    onEnd: (_, outcome) => told.ended.push(outcome),
    onPair: ({ path, primary, shadow }) =>
      told.pairs.push({ path, primary: primary.body?.bytes.toString(), shadow: shadow.body?.bytes.toString() }),
  };
  return { told, shadows };
}

function routeTo(url: string, shadow: Partial<Shadow> = {}): Partial<Route> {
  return {
    sandbox: [{ version: "v9", endpoints: [url] }],
    shadow: { version: "v9", points: 10_000, keepsCredentials: false, withClient: false, ...shadow },
    compare: { how: { as: "json", tolerance: 0, ignore: [] }, least: undefined, keep: 0 },
  };
}

const PATH = "/v1/chat/completions";
const BODY = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] });
const JSON_TYPE = { "content-type": "application/json" };

function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url + PATH, { method: "POST", body: BODY, ...init, headers: { ...JSON_TYPE, ...init.headers } });
}

/** A server that answers with `text`, and the requests that it got. */
async function answering(text: string): Promise<Upstream & { readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const upstream = await using(
    startHttp(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      const { method = "", url = "" } = request;
      seen.push({ method, url, headers, length: body.length, sha256: "", body });
      response.setHeader("content-type", "application/json");
      response.end(text);
    }),
  );
  return { ...upstream, seen };
}

function headersOf(seen: Seen | undefined): Record<string, string> {
  return Object.fromEntries(seen?.headers ?? []);
}

describe("a shadow", () => {
  it("gets a copy of the request, and nobody sees its answer", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering('{"text":"the sandbox"}')];
    const { told, shadows } = desk();
    const { url } = await laneTo(stable.url, { shadows, route: routeTo(sandbox.url) });
    const answer = await ask(url, { headers: { "x-request-id": "r1" } });
    expect(answer.headers.get("x-canary-version")).toBe("v1");
    const seen: unknown = await answer.json();
    expect(seen).toMatchObject({ body: BODY });
    await until("both have answered", () => told.pairs.length === 1);
    expect(sandbox.seen[0]).toMatchObject({ method: "POST", url: PATH, body: BODY });
    expect(headersOf(sandbox.seen[0])).toMatchObject({
      "x-canary-shadow": "1",
      "x-request-id": "r1",
      "x-forwarded-for": "127.0.0.1",
      "content-type": "application/json",
      host: new URL(sandbox.url).host,
    });
    expect(told.pairs).toEqual([{ path: PATH, primary: JSON.stringify(seen), shadow: '{"text":"the sandbox"}' }]);
    expect(told.ended).toMatchObject([{ status: 200, failure: undefined }]);
  });

  it("carries no credentials unless it is to, and never a client's `x-canary-shadow`", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    const { told, shadows } = desk();
    const { url, edit } = await laneTo(stable.url, { shadows, route: routeTo(sandbox.url) });
    const headers = {
      authorization: "Bearer secret",
      cookie: "a=secret",
      "x-api-key": "secret",
      "x-goog-api-key": "secret",
      "x-canary-shadow": "secret",
      "x-team": "search",
    };
    const asked = async () => {
      const init = { method: "POST", body: BODY, headers: { ...JSON_TYPE, ...headers } };
      return (await fetch(`${url}${PATH}?key=secret&a=1`, init)).text();
    };
    expect(await asked()).toContain("Bearer secret");
    await until("the copy has come", () => sandbox.seen.length === 1);
    expect(JSON.stringify(sandbox.seen[0])).not.toContain("secret");
    expect(sandbox.seen[0]?.url).toBe(`${PATH}?a=1`);
    expect(headersOf(sandbox.seen[0])["x-team"]).toBe("search");
    edit(routeTo(sandbox.url, { keepsCredentials: true }));
    expect(await asked()).not.toContain('"x-canary-shadow"');
    await until("the copy has come", () => told.pairs.length === 2);
    expect(headersOf(sandbox.seen[1])).toMatchObject({ authorization: "Bearer secret", "x-canary-shadow": "1" });
    expect(sandbox.seen[1]?.url).toBe(`${PATH}?key=secret&a=1`);
  });

  it("has the version's own headers, path and model name, and a chunked body whole", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    const { shadows, told } = desk();
    const route = routeTo(sandbox.url);
    const version = {
      version: "v9",
      endpoints: [sandbox.url],
      model: "another",
      path: { prefix: "/v1", to: "/openai/v1" },
      headers: [{ name: "authorization", value: [{ from: "text" as const, text: "Bearer sandbox" }] }],
    };
    const { url } = await laneTo(stable.url, { shadows, route: { ...route, sandbox: [version] } });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(BODY.slice(0, 20)));
        controller.enqueue(new TextEncoder().encode(BODY.slice(20)));
        controller.close();
      },
    });
    const init: RequestInit & { duplex: "half" } = { body, duplex: "half", headers: { authorization: "Bearer me" } };
    expect(await (await ask(url, init)).json()).toMatchObject({ body: BODY });
    await until("the copy has come", () => told.pairs.length === 1);
    expect(sandbox.seen[0]).toMatchObject({
      url: "/openai/v1/chat/completions",
      body: BODY.replace('"m"', '"another"'),
    });
    expect(headersOf(sandbox.seen[0])["authorization"]).toBe("Bearer sandbox");
  });

  it("gets only what may be asked twice", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    const { told, shadows } = desk();
    const { url, edit } = await laneTo(stable.url, { shadows, route: routeTo(sandbox.url) });
    for (const [method, path] of [
      ["GET", "/v1/models"],
      ["POST", "/orders"],
      ["POST", "/v1/files"],
    ]) {
      await (await fetch(url + path, { method: method ?? "GET" })).text();
    }
    edit({ ...routeTo(sandbox.url), fallback: "failures" });
    await (await fetch(`${url}/orders`, { method: "POST", body: "{}" })).text();
    await until("the last has come", () => told.pairs.length === 1);
    expect(sandbox.seen.map(({ url }) => url)).toEqual(["/orders"]);
    await fetch(`${url}/orders/1`, { method: "HEAD" });
    await until("and what has no body", () => told.pairs.length === 2);
    expect(told.ended[1]).toMatchObject({ status: 200, failure: undefined });
  });

  it("that hangs, refuses, resets or speaks no HTTP changes nothing for the client", async () => {
    const stable = await using(startEcho());
    const garbage = await using(startHttp((_, response) => response.socket?.end("hello\r\n\r\n")));
    const resetting = await using(startHttp((request) => request.socket.destroy()));
    const { told, shadows } = desk();
    const settings = { shadowTimeout: 100 };
    const { url, edit, lane } = await laneTo(stable.url, { shadows, settings });
    for (const bad of [(await using(startSilent())).url, await refusedUrl(), resetting.url, garbage.url]) {
      edit(routeTo(bad));
      expect(await (await ask(url)).json()).toMatchObject({ body: BODY });
    }
    await until("all have ended", () => told.pairs.length === 4);
    expect(told.ended.map(({ failure }) => failure).sort()).toEqual(
      ["connect_refused", "first_byte_timeout", "protocol_error", "reset"].sort(),
    );
    expect(lane.copyBudget.free).toBe(lane.settings.copyTotal);
    await until("no connection is left", () => lane.shadowPools.counts().connections === 0);
    expect(lane.shadowPools.counts().inFlight).toBe(0);
  });

  it("that fails again and again gets a copy now and then, and the others are dropped", async () => {
    const stable = await using(startEcho());
    const { told, shadows } = desk();
    const { url } = await laneTo(stable.url, { shadows, route: routeTo(await refusedUrl()) });
    for (let i = 1; i <= 6; i++) {
      await (await ask(url)).text();
      await until("it is over", () => told.ended.length + told.dropped.length >= i);
    }
    expect([told.ended.length, told.dropped]).toEqual([3, ["left_out", "left_out", "left_out"]]);
    await until(
      "one is tried again",
      async () => {
        await (await ask(url)).text();
        return told.ended.length > 3;
      },
      5_000,
    );
  });

  it("that never answers holds so many copies and no more; the next are dropped", async () => {
    const [stable, hung] = [await using(startEcho()), await using(startSilent())];
    const { told, shadows } = desk();
    const settings = { shadowConcurrency: 2, shadowQueue: 3, queueTimeout: 60_000 };
    const { url, lane } = await laneTo(stable.url, { shadows, settings, route: routeTo(hung.url) });
    for (let i = 0; i < 10; i++) await (await ask(url)).text();
    expect(told).toMatchObject({ sent: 2, dropped: Array(5).fill("queue_full") });
    await until("two are connected", () => hung.open() === 2);
    await lane.drain(0);
    expect(told.dropped.slice(5).sort()).toEqual([...Array(3).fill("stopped"), ...Array(2).fill("stopped, sent")]);
    expect(lane.copyBudget.free).toBe(lane.settings.copyTotal);
  });

  it("that has all its connections yet drops what finds no room in their queue, and has not failed with it", async () => {
    const [stable, hung] = [await using(startEcho()), await using(startSilent())];
    const { told, shadows } = desk();
    const settings = { shadowConcurrency: 1, shadowTimeout: 100, maxQueueLength: 0 };
    const { url, lane } = await laneTo(stable.url, { shadows, settings, route: routeTo(hung.url) });
    for (let i = 0; i < 4; i++) await (await ask(url)).text();
    await until("all are over", () => told.ended.length + told.dropped.length === 4);
    // The next ones are sent when the first one's time is over, and before its connection is closed.
    expect(told.ended.map(({ failure }) => failure)).toEqual(["first_byte_timeout"]);
    expect(told.dropped).toEqual(Array(3).fill("queue_full, sent"));
    await until("no copy is held", () => lane.copyBudget.free === lane.settings.copyTotal);
    expect(lane.shadowPools.counts().inFlight).toBe(0);
  });

  it("is not waited for any longer than a request waits for a connection", async () => {
    const [stable, hung] = [await using(startEcho()), await using(startSilent())];
    const { told, shadows } = desk();
    const settings = { shadowConcurrency: 1, queueTimeout: 50 };
    const { url } = await laneTo(stable.url, { shadows, settings, route: routeTo(hung.url) });
    for (let i = 0; i < 3; i++) await (await ask(url)).text();
    await until("two have waited too long", () => told.dropped.length === 2);
    expect([told.sent, told.dropped]).toEqual([1, ["queue_timeout", "queue_timeout"]]);
  });

  it("gets nothing that is larger than its limit, or than the memory for all copies", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    for (const [settings, why] of [
      [{ shadowLimit: 20 }, "too_large"],
      [{ copyTotal: 20 }, "no_memory"],
    ] as const) {
      const { told, shadows } = desk();
      const { url } = await laneTo(stable.url, { shadows, settings, route: routeTo(sandbox.url) });
      expect(await (await ask(url)).json()).toMatchObject({ body: BODY });
      await until("it is dropped", () => told.dropped.length === 1);
      expect([told.dropped, told.sent]).toEqual([[why], 0]);
    }
    expect(sandbox.seen).toEqual([]);
  });

  it("is stopped by a cut, also what waits and what is under way", async () => {
    const [stable, hung] = [await using(startEcho()), await using(startSilent())];
    const { told, shadows } = desk();
    const settings = { shadowConcurrency: 1 };
    const { url, lane, cuts } = await laneTo(stable.url, { shadows, settings, route: routeTo(hung.url) });
    for (let i = 0; i < 2; i++) await (await ask(url)).text();
    await until("one is under way", () => told.sent === 1);
    cuts.set(cutKey("chat", "v9"), [{}]);
    lane.abort({ route: "chat", version: "v9" });
    expect(told.dropped.sort()).toEqual(["cut", "cut, sent"]);
    await (await ask(url)).text();
    expect([told.sent, told.dropped.length]).toEqual([1, 2]);
    await until("its connection is closed", () => hung.open() === 0);
  });

  it("is dropped while the router is late with real requests", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    const { told, shadows } = desk();
    let [present, tick] = [0, (): void => {}];
    const clock = {
      now: () => present,
      every: (_: number, ticking: () => void) => {
        tick = ticking;
        return () => {};
      },
    };
    const settings = { shadowLateness: 100 };
    const surroundings = { clock };
    const { url } = await laneTo(stable.url, { shadows, settings, surroundings, route: routeTo(sandbox.url) });
    present += 200;
    tick();
    expect(await (await ask(url)).json()).toMatchObject({ body: BODY });
    expect(told.dropped).toEqual(["load"]);
    present += 50;
    tick();
    await (await ask(url)).text();
    await until("the copy has come", () => told.pairs.length === 1);
  });

  it("goes on when its client leaves, unless it is to be given up", async () => {
    const [stable, hung] = [await using(startSilent()), await using(startSilent())];
    const head = `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`;
    for (const [withClient, dropped] of [
      [false, []],
      [true, ["client_left, sent"]],
    ] as const) {
      const { told, shadows } = desk();
      const fixture = await laneTo(stable.url, { shadows, route: routeTo(hung.url, { withClient }) });
      const client = rawClient(fixture.lane.port, head);
      await until("the copy is under way", () => told.sent === 1);
      client.socket.destroy();
      await until("the client is gone", () => fixture.outcomes.length === 1);
      expect(told.dropped).toEqual(dropped);
    }
  });

  it("gets nothing of a request that never came whole", async () => {
    const [stable, sandbox] = [await using(startEcho()), await answering("{}")];
    const { told, shadows } = desk();
    const { lane, outcomes } = await laneTo(stable.url, { shadows, route: routeTo(sandbox.url) });
    const client = rawClient(lane.port, `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{}`);
    await until("it has come", () => lane.inFlight() === 1);
    client.socket.destroy();
    await until("it has ended", () => outcomes.length === 1);
    expect(told.dropped).toEqual(["incomplete"]);
    expect(lane.copyBudget.free).toBe(lane.settings.copyTotal);
  });

  it("uses its connections again, and is asked once more where the server has just closed one", async () => {
    const stable = await using(startEcho());
    let asked = 0;
    const sandbox = await using(
      startHttp((request, response) => {
        if (++asked === 3) request.socket.destroy();
        else request.resume().on("end", () => response.end("{}"));
      }),
    );
    const { told, shadows } = desk();
    const { url } = await laneTo(stable.url, { shadows, route: routeTo(sandbox.url) });
    for (let i = 1; i <= 3; i++) {
      await (await ask(url)).text();
      await until("it has ended", () => told.pairs.length === i);
    }
    expect(told.ended.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expect([sandbox.accepted(), asked]).toEqual([2, 4]);
  });
});
