import { createHash, randomBytes } from "node:crypto";
import { get } from "node:http";
import { describe, expect, it } from "vitest";
import { until } from "../kit/until.ts";
import { refusedUrl, type Seen, startAnswering, startEcho, startHttp, startResetting } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

describe("the express lane", () => {
  it("passes method, path, query, headers and body to the endpoint", async () => {
    const echo = await using(startEcho());
    const { url } = await laneTo(echo.url);
    const response = await fetch(`${url}/v1/chat/completions?a=1&b=%20`, {
      method: "PUT",
      headers: { "x-thing": "yes" },
      body: '{"model":"m"}',
    });
    const seen = (await response.json()) as Seen;
    expect(seen).toMatchObject({ method: "PUT", url: "/v1/chat/completions?a=1&b=%20", body: '{"model":"m"}' });
    expect(seen.headers).toContainEqual(["x-thing", "yes"]);
    expect(seen.headers).toContainEqual(["host", `127.0.0.1:${echo.port}`]);
  });

  it("says on every proxied answer who answered and why", async () => {
    const echo = await using(startEcho());
    const { url } = await laneTo(echo.url);
    const { headers } = await fetch(`${url}/`, { headers: { "x-request-id": "mine-1" } });
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-canary-route": "chat",
      "x-canary-version": "v1",
      "x-canary-track": "stable",
      "x-canary-rule": "none",
      "x-request-id": "mine-1",
    });
  });

  it.each(["//v1//chat", "/a%2Fb/%2e%2e/c", "/back\\slash", "/semi;colon=1", "/a/../b", "/?x=//y", "/q?a?b"])(
    "passes the path %s byte for byte",
    async (path) => {
      const echo = await using(startEcho());
      const { lane } = await laneTo(echo.url);
      const client = rawClient(lane.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await client.closed;
      expect(client.text()).toContain(`"url":${JSON.stringify(path)}`);
    },
  );

  it("puts the endpoint's path before the request's", async () => {
    const echo = await using(startEcho());
    const { url } = await laneTo(`${echo.url}/serving/m1/`);
    const seen = (await (await fetch(`${url}/v2/models//x`)).json()) as Seen;
    expect(seen.url).toBe("/serving/m1/v2/models//x");
  });

  it("carries 50 MB both ways unchanged", async () => {
    const sent = randomBytes(50 * 1024 * 1024);
    const upstream = await using(startHttp((request, response) => request.pipe(response)));
    const { url } = await laneTo(upstream.url);
    const response = await fetch(url, { method: "POST", body: sent });
    const back = Buffer.from(await response.arrayBuffer());
    expect(createHash("sha256").update(back).digest("hex")).toBe(createHash("sha256").update(sent).digest("hex"));
  });

  it.each(["GET", "DELETE", "OPTIONS"])("keeps the framing of a chunked %s", async (method) => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url);
    const client = rawClient(
      lane.port,
      `${method} / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    );
    await client.closed;
    expect(client.text()).toContain('"body":"hello"');
    expect(echo.accepted()).toBe(1);
  });

  it("survives a Trailer header and a request trailer", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url);
    const head = "POST / HTTP/1.1\r\nHost: x\r\nTrailer: x-sum\r\nConnection: close\r\n";
    const plain = rawClient(lane.port, `${head}Content-Length: 2\r\n\r\nhi`);
    const chunked = rawClient(lane.port, `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n`);
    await Promise.all([plain.closed, chunked.closed]);
    expect(plain.text()).toContain('"body":"hi"');
    expect(chunked.text()).toContain('"body":"hi"');
  });

  it("answers an Expect: 100-continue and passes the body", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url);
    const client = rawClient(
      lane.port,
      "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
    );
    await until("it is told to go on", () => client.text().startsWith("HTTP/1.1 100"));
    client.socket.write("hi");
    await client.closed;
    expect(client.text()).toContain('"body":"hi"');
  });

  it("reuses connections to the endpoint", async () => {
    const echo = await using(startEcho());
    const { url } = await laneTo(echo.url);
    for (let i = 0; i < 5; i++) await (await fetch(url)).text();
    expect(echo.accepted()).toBe(1);
  });

  it("sends the head of an answer before its first byte", async () => {
    const upstream = await using(startHttp((_request, response) => response.writeHead(200).flushHeaders()));
    const { url } = await laneTo(upstream.url);
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it("sends each event of a stream when it arrives", async () => {
    let send = (_event: string): void => {};
    const upstream = await using(
      startHttp((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
        send = (event) => response.write(event);
      }),
    );
    const { url } = await laneTo(upstream.url);
    let received = "";
    const request = get(url, (answer) => {
      send("data: 0\n\n");
      answer.setEncoding("utf8").on("data", (chunk) => {
        received += chunk;
      });
      answer.on("error", () => {});
    });
    for (let i = 0; i < 5; i++) {
      const expected = `data: ${i}\n\n`;
      // The next event is sent only after this one has arrived: none can be waiting for another.
      await until("the event has arrived", () => received.endsWith(expected), 1000);
      send(`data: ${i + 1}\n\n`);
    }
    request.on("error", () => {});
    request.destroy();
  });

  it("keeps several Set-Cookie apart and the status phrase", async () => {
    const upstream = await using(
      startAnswering(
        "HTTP/1.1 299 Rather Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\nX-Latin: \xe9\r\n\r\n",
      ),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 299 Rather Fine\r\n/);
    expect(client.text()).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    expect(client.text()).toContain("X-Latin: \xe9\r\n");
  });

  it.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", /\r\nContent-Length: 7\r\n/],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", /\r\nContent-Length: 7\r\n/],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", /^(?!.*(content-length|transfer-encoding))/is],
  ])("invents and loses no framing: %s answered with %s", async (method, answer, expected) => {
    const upstream = await using(startAnswering(answer));
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await client.closed;
    expect(client.text()).toMatch(expected);
    expect(client.text().endsWith("\r\n\r\n")).toBe(true);
  });

  it("serves a request that offers an h2c upgrade as a plain one", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url);
    const client = rawClient(
      lane.port,
      "POST /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 5\r\n\r\nhel",
    );
    await until("it is forwarded", () => lane.inFlight() === 1);
    client.socket.write("lo");
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200/);
    expect(client.text()).toContain('"body":"hello"');
    expect(client.text()).not.toMatch(/h2c|http2-settings/i);
  });
});

describe("the lane's own answers", () => {
  const cases: readonly [string, () => Promise<string>, number, string, string][] = [
    ["a refused connection", refusedUrl, 502, "upstream_refused", "connect_refused"],
    ["a reset", async () => (await using(startResetting())).url, 502, "upstream_reset", "reset"],
    ["an end without an answer", answering("", "end"), 502, "upstream_reset", "reset"],
    ["garbage", answering("hello\r\n\r\n"), 502, "upstream_protocol_error", "protocol_error"],
    [
      "a control character in the status line",
      answering("HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"),
      502,
      "upstream_protocol_error",
      "protocol_error",
    ],
    [
      "two lengths",
      answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
      502,
      "upstream_protocol_error",
      "protocol_error",
    ],
    [
      "a 101 that nobody asked for",
      answering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
      502,
      "upstream_protocol_error",
      "protocol_error",
    ],
  ];

  function answering(bytes: string, then?: "end"): () => Promise<string> {
    return async () => (await using(startAnswering(bytes, then))).url;
  }

  it.each(cases)("for %s it is a JSON error with a stable code", async (_what, endpoint, status, code, failure) => {
    const { url, outcomes } = await laneTo(await endpoint());
    const response = await fetch(url, { method: "POST", body: "x" });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-canary-error")).toBe(code);
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]{14,}$/);
    expect(await response.json()).toEqual({ error: { code, message: expect.any(String) } });
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status, failure, firstByte: undefined });
  });

  it("is 404 no_route where no route matches, and nothing is decided", async () => {
    const { url, decisions } = await laneTo("http://127.0.0.1:9", {
      route: { match: [{ path: "/only", conditions: [] }] },
    });
    const response = await fetch(`${url}/other`);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([404, "no_route"]);
    expect(decisions).toEqual([]);
  });

  it("is 503 no_rules before any rules were seen", async () => {
    const { url } = await laneTo("http://127.0.0.1:9", { noRules: true });
    const response = await fetch(url);
    expect([response.status, response.headers.get("x-canary-error")]).toEqual([503, "no_rules"]);
  });

  it.each([
    ["what is no HTTP", "NONSENSE\r\n\r\n", 400, "bad_start"],
    [
      "a Connection header that names Content-Length",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close, content-length\r\n\r\nhello",
      400,
      "bad_connection",
    ],
    ["a target that is no path", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_target"],
    ["a target with a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_target"],
    [
      "an unknown transfer coding",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      400,
      "bad_coding",
    ],
    [
      "two framings",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      400,
      "two_lengths",
    ],
    ["a head of 40 KB", `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"a".repeat(40_000)}\r\n\r\n`, 431, "large_head"],
  ])("refuses %s", async (_what, text, status, code) => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url);
    const client = rawClient(lane.port, text);
    await client.closed;
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*x-canary-error: ${code}\r\n`));
    expect(echo.accepted()).toBe(0);
  });
});
