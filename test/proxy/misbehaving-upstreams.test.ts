import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { startRaw, type Upstream } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
const OK = "HTTP/1.1 200 OK\r\n";

/** Answers with `bad` whoever comes on its first connection, and properly on all others. */
function startBadFirst(bad: string | "reset" | "end" | "reset at once"): Promise<Upstream> {
  let connections = 0;
  return startRaw((socket) => {
    const first = ++connections === 1;
    if (first && bad === "reset at once") socket.resetAndDestroy();
    socket.on("data", () => {
      if (!first) socket.write(GOOD);
      else if (bad === "reset") socket.resetAndDestroy();
      else if (bad === "end") socket.end();
      else socket.write(bad, "latin1");
    });
  });
}

/** One request after the other on one connection of the client's: the first is answered badly. */
async function twoAnswers(bad: string, request = GET) {
  const upstream = await using(startBadFirst(bad));
  const { lane, outcomes } = await laneTo(upstream.url);
  const client = rawClient(lane.port, request);
  await until("the first outcome is told", () => outcomes.length === 1);
  client.socket.write(GET);
  await until("the second has come", () => client.text().endsWith("good"));
  return { client, upstream, outcome: outcomes[0]?.outcome };
}

describe("an endpoint's answer that cannot be understood is a 502, and its connection is not used again", () => {
  it.each([
    ["garbage", "hello\r\n\r\n"],
    ["an unknown version", "HTTP/3.0 200 OK\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
    ["twice the same length", `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`],
    ["a length beside chunks", `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`],
    ["a signed length", `${OK}Content-Length: +1\r\n\r\nx`],
    ["a list of codings", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["a control character", `${OK}X-A: a\x00b\r\nContent-Length: 0\r\n\r\n`],
    ["a bare LF", `${OK}X-A: a\nContent-Length: 0\r\n\r\n`],
    ["a bare CR", `${OK}X-A: a\rb\r\nContent-Length: 0\r\n\r\n`],
    ["a folded line", `${OK}X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ["a space before the colon", `${OK}Content-Length : 0\r\n\r\n`],
    ["a head of 100 KB", `${OK}X-A: ${"a".repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`],
    ["a thousand fields", `${OK}${"X-A: a\r\n".repeat(1000)}Content-Length: 0\r\n\r\n`],
    ["a 101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"],
    ["a storm of 100s", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)],
    ["a storm of 103s", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(10_000)],
  ])("%s", async (_what, bad) => {
    const { client, upstream, outcome } = await twoAnswers(bad);
    const text = client.text();
    const final = text.indexOf("HTTP/1.1 502 ");
    expect(text.slice(final)).toMatch(/^HTTP\/1\.1 502 [\s\S]*x-canary-error: upstream_protocol_error\r\n/);
    expect(text.slice(0, final)).toMatch(/^(HTTP\/1\.1 10[03] [^\r]*\r\n(Link: [^\r]*\r\n)?\r\n){0,64}$/);
    expect(text.split("HTTP/1.1 200 ")).toHaveLength(2);
    expect(outcome).toMatchObject({ status: 502, failure: "protocol_error" });
    expect(upstream.accepted()).toBe(2);
    expect(upstream.open()).toBe(1);
  });

  it.each(["reset", "end", "reset at once"])("nothing but a %s", async (bad) => {
    // A POST, so that nobody thinks of sending it twice.
    const { client, outcome } = await twoAnswers(bad, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    // A reset can be there before the connection is.
    expect(client.text()).toMatch(/^HTTP\/1\.1 502 [\s\S]*x-canary-error: upstream_(reset|refused)\r\n/);
    expect(outcome?.failure).toMatch(bad === "reset at once" ? /^(reset|connect_refused)$/ : /^reset$/);
  });
});

describe("what an endpoint sends beyond its answer reaches nobody, and its connection is not used again", () => {
  const POISON = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

  it.each([
    ["behind a body with a length", GET, `${OK}Content-Length: 2\r\n\r\nhi${POISON}`],
    ["behind chunks", GET, `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n${POISON}`],
    ["as a body to HEAD", GET.replace("GET", "HEAD"), `${OK}Content-Length: ${POISON.length}\r\n\r\n${POISON}`],
    ["as a body of a 204", GET, `HTTP/1.1 204 No Content\r\n\r\n${POISON}`],
    ["as a body of a 304", GET, `HTTP/1.1 304 Not Modified\r\nContent-Length: ${POISON.length}\r\n\r\n${POISON}`],
  ])("%s", async (_where, request, bad) => {
    const { client, upstream, outcome } = await twoAnswers(bad, request);
    expect(client.text()).not.toContain("poison");
    expect(outcome?.failure).toBeUndefined();
    expect(upstream.accepted()).toBe(2);
    await until("the first connection is closed", () => upstream.open() === 1);
  });

  it("while its connection is idle", async () => {
    let spill = (): void => {};
    const upstream = await using(
      startRaw((socket) => {
        socket.on("data", () => socket.write(GOOD));
        spill = () => socket.write(POISON);
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is answered", () => client.text().endsWith("good"));
    spill();
    await until("the connection is closed", () => upstream.open() === 0);
    client.socket.write(GET);
    await until("the second is answered", () => client.text().split("good").length === 3);
    expect(client.text()).not.toContain("poison");
  });

  it.each([
    ["HEAD", `${OK}Content-Length: 6\r\n\r\n`],
    ["HEAD", `${OK}Transfer-Encoding: chunked\r\n\r\n`],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\n"],
  ])("late, after it announced to a %s what must not come: %j", async (method, head) => {
    const { upstream } = await twoAnswers(head, GET.replace("GET", method));
    expect(upstream.accepted()).toBe(2);
  });
});

describe("how long an idle connection is kept", () => {
  it.each([
    ["timeout=1", 1_500],
    ["max=100, timeout=1", 1_500],
  ])("is at most what the endpoint says: Keep-Alive: %s", async (said, within) => {
    const upstream = await using(
      startRaw((socket) =>
        socket.on("data", () => socket.write(GOOD.replace("\r\n\r\n", `\r\nKeep-Alive: ${said}\r\n\r\n`))),
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is answered", () => client.text().endsWith("good"));
    await until("the connection is closed", () => upstream.open() === 0, within);
    expect(client.text()).not.toMatch(/keep-alive/i);
  });

  it("is not at all when the endpoint has no patience", async () => {
    const upstream = await using(
      startRaw((socket) =>
        socket.on("data", () => socket.write(GOOD.replace("\r\n\r\n", "\r\nKeep-Alive: timeout=0\r\n\r\n"))),
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET + GET);
    await until("both are answered", () => client.text().split("good").length === 3);
    expect(upstream.accepted()).toBe(2);
  });
});
