import { describe, expect, it } from "vitest";
import type { Resolve } from "../../src/proxy/express/addresses.ts";
import type { ExpressSettings } from "../../src/proxy/express/express-settings.ts";
import { cutKey } from "../../src/routing/cuts.ts";
import type { Route } from "../../src/routing/rules.ts";
import { until } from "../kit/until.ts";
import { refusedUrl, startAnswering, startEcho, startSilent, type Upstream } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const UPGRADE =
  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** A route that gives everything to its candidate, `v2`. */
async function candidateAt(
  candidate: Upstream,
  stable: Upstream,
  route: Partial<Route> = {},
  settings: Partial<ExpressSettings> = {},
) {
  return laneTo(stable.url, {
    settings,
    route: {
      candidates: [{ version: "v2", endpoints: [candidate.url] }],
      rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 10_000 }] }],
      ...route,
    },
  });
}

describe("a cut", () => {
  it("counts for a request that came before it and is not decided yet", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const when = [{ fact: "model", values: ["m"] }] as const;
    const { lane, cuts } = await candidateAt(silent, echo, {
      rules: [{ name: "m", when, shares: [{ version: "v2", points: 10_000 }] }],
    });
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const client = rawClient(lane.port, `${head}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n`);
    await until("its body is asked for", () => client.text().startsWith("HTTP/1.1 100 "));
    cuts.set(cutKey("chat", "v2"), [{}]);
    client.socket.write('{"model":"m"}');
    await until("it is answered", () => client.text().endsWith("}"));
    expect(client.text()).toMatch(/x-canary-version: v1\r\n/);
    expect(silent.accepted()).toBe(0);
  });

  it("counts for a request that is decided and waits for a connection", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const { lane, cuts, moves } = await candidateAt(silent, echo, {}, { maxEndpointConnections: 1 });
    const first = rawClient(lane.port, GET);
    await until("the candidate is busy", () => silent.open() === 1);
    const second = rawClient(lane.port, `${POST}hello`);
    await until("another is decided", () => lane.inFlight() === 2);
    cuts.set(cutKey("chat", "v2"), [{}]);
    first.socket.destroy();
    await until("it is answered", () => second.text().endsWith("}"));
    expect(second.text()).toMatch(/x-canary-version: v1\r\n/);
    expect(second.text()).toContain('"body":"hello"');
    expect(moves).toHaveLength(1);
    await until("the candidate is left alone", () => silent.open() === 0);
  });
});

describe("a cut while an endpoint is being looked for", () => {
  it("counts for a request that has found one of two endpoints dead", async () => {
    const [other, echo] = [await using(startEcho()), await using(startEcho())];
    const dead = await refusedUrl();
    const asked: (() => void)[] = [];
    const resolve: Resolve = (_name, _options, callback) => {
      asked.push(() => callback(null, [{ address: "127.0.0.1", family: 4 }]));
    };
    const { lane, cuts } = await laneTo(echo.url, {
      surroundings: { resolve },
      route: {
        candidates: [{ version: "v2", endpoints: [other.url, dead.replace("127.0.0.1", "slow.test")] }],
        rules: [{ name: "all", when: [], shares: [{ version: "v2", points: 10_000 }] }],
      },
    });
    // Requests go to both endpoints; those to the one that is found leave an idle connection to it.
    const clients = Array.from({ length: 12 }, () => rawClient(lane.port, GET));
    const answered = () => clients.filter((client) => client.text().endsWith("}"));
    await until("only some wait", () => answered().length > 0 && answered().length + asked.length === clients.length);
    const waiting = clients.filter((client) => client.text() === "");
    expect(waiting.length).toBeGreaterThan(0);
    cuts.set(cutKey("chat", "v2"), [{}]);
    for (const answer of asked) answer();
    await until("all are answered", () => answered().length === clients.length);
    for (const client of waiting) expect(client.text()).toMatch(/x-canary-version: v1\r\n/);
  });
});

describe("a cut of images only", () => {
  const text = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
  const picture =
    '{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}';
  const chat = (body: string) =>
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const images = { route: "chat", version: "v2", modality: "image" };

  it("looks for them in bodies that no rule asks about", async () => {
    const [candidate, stable] = [await using(startEcho()), await using(startEcho())];
    const { lane, cuts } = await candidateAt(candidate, stable);
    cuts.set(cutKey("chat", "v2"), [images]);
    const clients = [picture, text].map((body) => rawClient(lane.port, chat(body)));
    await until("both are answered", () => clients.every((client) => client.text().endsWith("}")));
    expect(clients.map((client) => /x-canary-version: (v\d)/.exec(client.text())?.[1])).toEqual(["v1", "v2"]);
  });

  it("takes what it cannot tell, and has no answer yet, to stable, and leaves what is known to be another", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const { lane } = await candidateAt(silent, echo);
    const unread = rawClient(lane.port, chat(text));
    const head = "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    const known = rawClient(lane.port, head);
    await until("the candidate has both", () => silent.open() === 2);
    lane.abort(images);
    await until("one is answered", () => unread.text().endsWith("}"));
    expect(unread.text()).toMatch(/x-canary-version: v1\r\n/);
    expect(known.text()).toBe("");
    expect(silent.open()).toBe(1);
  });
});

describe("aborting a version", () => {
  it("sends what it has not begun to answer to stable, body and all", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const { lane, decisions, moves, outcomes } = await candidateAt(silent, echo);
    const clients = [GET, `${POST}hello`].map((text) => rawClient(lane.port, text));
    await until("the candidate has both", () => silent.open() === 2);
    lane.abort({ route: "chat", version: "v2" });
    await until("both are answered", () => clients.every((client) => client.text().endsWith("}")));
    for (const client of clients) {
      expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*x-canary-version: v1\r\n/);
    }
    expect(clients[1]?.text()).toContain('"body":"hello"');
    await until("the candidate is left alone", () => silent.open() === 0);
    expect(decisions.map(({ track }) => track)).toEqual(["candidate", "candidate"]);
    expect(moves.map(([from, to]) => [from.version.version, to.version.version, to.reason])).toEqual([
      ["v2", "v1", "cut"],
      ["v2", "v1", "cut"],
    ]);
    expect(outcomes.map(({ decision, outcome }) => [decision.track, outcome.status])).toEqual([
      ["stable", 200],
      ["stable", 200],
    ]);
  });

  it("sends to stable also what has been told to go on, or been answered half a head", async () => {
    for (const said of ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le"]) {
      const [candidate, echo] = [await using(startAnswering(said)), await using(startEcho())];
      const { lane } = await candidateAt(candidate, echo);
      const client = rawClient(lane.port, POST.replace("Content-", "Expect: 100-continue\r\nContent-"));
      await until("the candidate has it", () => candidate.open() === 1);
      if (said.includes("100")) await until("it may go on", () => client.text().includes(" 100 Continue"));
      else await new Promise((resolve) => setTimeout(resolve, 30)); // nothing tells that half a head has come
      client.socket.write("he");
      await until("the body has begun to be read", () => lane.inFlight() === 1);
      lane.abort({ route: "chat", version: "v2" });
      client.socket.write("llo");
      await until("it is answered", () => client.text().includes('"body":"hello"'));
      expect(client.text().match(/ 100 Continue/g) ?? []).toHaveLength(1);
      expect(client.text()).toMatch(/HTTP\/1\.1 200 OK\r\n[\s\S]*x-canary-version: v1\r\n/);
    }
  });

  it("lets the rest of a body that is still coming follow to stable", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const { lane } = await candidateAt(silent, echo);
    const client = rawClient(lane.port, `${POST}he`);
    await until("the candidate has it", () => silent.open() === 1);
    lane.abort({ route: "chat", version: "v2" });
    await until("stable has it", () => echo.open() === 1);
    client.socket.write("llo");
    await until("it is answered", () => client.text().includes('"body":"hello"'));
  });

  it("gives stable the request as it came, where the candidate got another one", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const headers = [{ name: "authorization", value: [{ from: "text", text: "Bearer ours" }] }] as const;
    const { lane } = await candidateAt(silent, echo, {
      candidates: [{ version: "v2", endpoints: [silent.url], model: "a-much-longer-name", headers }],
    });
    const body = '{"model":"m"}';
    const head =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: theirs\r\n";
    const client = rawClient(lane.port, `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until("the candidate has it", () => silent.open() === 1);
    lane.abort({ route: "chat", version: "v2" });
    await until("it is answered", () => client.text().endsWith("}"));
    expect(client.text()).toContain(`"body":${JSON.stringify(body)}`);
    expect(client.text()).toContain('["authorization","theirs"]');
  });

  it("tells the client when the body is not here any more", async () => {
    const [silent, echo] = [await using(startSilent()), await using(startEcho())];
    const { lane, outcomes } = await candidateAt(silent, echo, {}, { replayLimit: 1000 });
    const large = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${"x".repeat(200_000)}`;
    const client = rawClient(lane.port, `${large}${GET}`);
    await until("the candidate has it", () => silent.open() === 1);
    // The next request lies behind the whole body; so once that is read, the lane has seen all of it.
    await until("all is on its way", () => client.socket.writableLength === 0);
    lane.abort({ route: "chat", version: "v2" });
    await until("it is told", () => client.text().includes("}}"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 503 [\s\S]*x-canary-error: version_cut\r\n[\s\S]*Retry-After: 1\r\n/);
    expect(outcomes[0]).toMatchObject({
      decision: { track: "candidate" },
      outcome: { status: 503, failure: undefined },
    });
  });

  it("breaks off what it has begun to answer", async () => {
    const stream = await using(startAnswering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
    const { lane, outcomes } = await candidateAt(stream, stream);
    const client = rawClient(lane.port, GET);
    await until("the stream began", () => client.text().includes("hello"));
    lane.abort({ route: "chat", version: "v2" });
    expect(await client.closed).toBe("broken");
    await until("the candidate is left alone", () => stream.open() === 0);
    expect(outcomes).toMatchObject([
      { decision: { track: "candidate" }, outcome: { status: 200, failure: undefined } },
    ]);
  });

  it("breaks off its WebSockets", async () => {
    const switching = await using(
      startAnswering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    );
    const { lane, outcomes } = await candidateAt(switching, switching);
    const client = rawClient(lane.port, UPGRADE);
    await until("it has switched", () => client.text().startsWith("HTTP/1.1 101"));
    lane.abort({ route: "chat", version: "v2" });
    expect(await client.closed).toBe("broken");
    await until("the outcome is told", () => outcomes.length === 1);
    await until("the candidate is left alone", () => switching.open() === 0);
  });

  it.each([
    ["chat", "v1"],
    ["chat", "v3"],
    ["other", "v2"],
  ])("leaves others alone: %s %s", async (route, version) => {
    const silent = await using(startSilent());
    const { lane } = await candidateAt(silent, silent);
    rawClient(lane.port, GET);
    await until("the candidate has it", () => silent.open() === 1);
    lane.abort({ route, version });
    expect([lane.inFlight(), silent.accepted()]).toEqual([1, 1]);
  });
});
