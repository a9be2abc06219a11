import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { okWith, startRecorder } from "../kit/recorder.ts";
import { until } from "../kit/until.ts";
import { startRaw } from "../kit/upstream.ts";
import { laneTo, type RawClient, rawClient, using } from "./lane-fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const UPLOAD = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** The bodies and statuses of the answers that a client got, each with a length. */
function answersIn(text: string): string[] {
  const answers: string[] = [];
  for (let rest = text; rest.startsWith("HTTP/1.1 "); ) {
    const from = rest.indexOf("\r\n\r\n") + 4;
    const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, from))?.[1] ?? 0);
    answers.push(`${rest.slice(9, 12)} ${rest.slice(from, from + length)}`);
    rest = rest.slice(from + length);
  }
  return answers;
}

/** An upstream that says nothing by itself: the test speaks for it. */
async function scripted(): Promise<{
  url: string;
  sockets: Socket[];
  got: (i?: number) => string;
  open: () => number;
}> {
  const sockets: Socket[] = [];
  const texts: string[] = [];
  const upstream = await using(
    startRaw((socket) => {
      const i = sockets.push(socket) - 1;
      texts.push("");
      socket.on("data", (bytes) => {
        texts[i] += bytes.toString("latin1");
      });
    }),
  );
  return { url: upstream.url, sockets, got: (i = 0) => texts[i] ?? "", open: upstream.open };
}

describe("what stands around a body", () => {
  it("passes trailers of requests and of answers", async () => {
    const trailers = "0\r\nX-Sum: 1\r\nx-more: \r\n\r\n";
    const head = "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n";
    const upstream = await using(startRecorder(() => `${head}2\r\nok\r\n${trailers}`));
    const { lane } = await laneTo(upstream.url);
    const lines = "Host: x\r\nTE: trailers\r\nTrailer: X-Sum\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n";
    const client = rawClient(lane.port, `POST / HTTP/1.1\r\n${lines}\r\n2\r\nhi\r\n${trailers}`);
    await client.closed;
    expect(upstream.requests[0]?.raw.endsWith(`\r\n\r\n2\r\nhi\r\n${trailers}`)).toBe(true);
    expect(upstream.values("trailer")).toEqual(["X-Sum"]);
    expect(client.text()).toMatch(/\r\nTrailer: X-Sum\r\n/);
    expect(client.text().endsWith(`\r\n\r\n2\r\nok\r\n${trailers}`)).toBe(true);
  });

  it("passes a 103, when it comes, and the answer after it", async () => {
    const upstream = await scripted();
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is forwarded", () => upstream.got() !== "");
    upstream.sockets[0]?.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.css>\r\n\r\n");
    await until("the hints are there", () => client.text().endsWith("\r\n\r\n"));
    expect(client.text()).toBe("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.css>\r\n\r\n");
    upstream.sockets[0]?.write(okWith("ok"));
    await until("the answer is there", () => client.text().endsWith("\r\n\r\nok"));
  });

  it("does not send HTTP/1.0 clients a 103", async () => {
    const upstream = await using(startRecorder(() => `HTTP/1.1 103 Early Hints\r\n\r\n${okWith("ok")}`));
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, "GET / HTTP/1.0\r\n\r\n");
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it.each([
    ["HEAD with a length", "HEAD", "200 OK", "Content-Length: 7\r\n"],
    ["HEAD with chunks", "HEAD", "200 OK", "Transfer-Encoding: chunked\r\n"],
    ["HEAD with neither", "HEAD", "200 OK", ""],
    ["304 with a length", "GET", "304 Not Modified", "Content-Length: 7\r\n"],
    ["304 with neither", "GET", "304 Not Modified", ""],
    ["204", "GET", "204 No Content", ""],
    ["an empty body", "GET", "200 OK", "Content-Length: 0\r\n"],
  ])("invents and loses no framing, and the connection goes on: %s", async (_what, method, status, lines) => {
    const upstream = await using(startRecorder(() => `HTTP/1.1 ${status}\r\n${lines}\r\n`));
    const { lane } = await laneTo(upstream.url);
    const request = GET.replace("GET", method);
    const client = rawClient(lane.port, request + request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    await client.closed;
    const heads = client.text().split("\r\n\r\n");
    expect(heads).toHaveLength(3);
    for (const head of heads.slice(0, 2)) {
      const framing = head.split("\r\n").filter((line) => /^(content-length|transfer-encoding):/i.test(line));
      expect(framing.map((line) => `${line}\r\n`).join("")).toBe(lines);
    }
  });
});

describe("Expect: 100-continue", () => {
  it("goes to the upstream; its 100 lets the body come, and the connection is used again", async () => {
    const upstream = await scripted();
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPLOAD);
    await until("the head is there", () => upstream.got().endsWith("\r\n\r\n"));
    expect(upstream.got()).toMatch(/\r\nExpect: 100-continue\r\n/);
    expect(client.text()).toBe("");
    upstream.sockets[0]?.write(CONTINUE);
    await until("the client may go on", () => client.text() === CONTINUE);
    client.socket.write("hello");
    await until("the body is there", () => upstream.got().endsWith("\r\n\r\nhello"));
    upstream.sockets[0]?.write(okWith("ok"));
    await until("it is answered", () => client.text().endsWith("\r\n\r\nok"));
    client.socket.write(GET);
    await until("the next is forwarded", () => upstream.got().includes("helloGET / HTTP/1.1"));
    expect(upstream.sockets).toHaveLength(1);
  });

  it("answered for good without the body reaches the client, and neither connection is used again", async () => {
    const upstream = await scripted();
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPLOAD);
    await until("the head is there", () => upstream.got().endsWith("\r\n\r\n"));
    upstream.sockets[0]?.write("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
    await until("it is answered", () => client.text().endsWith("\r\n\r\nno"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 417 [\s\S]*\r\nConnection: close\r\n/);
    await until("the upstream connection is gone", () => upstream.open() === 0);
    client.socket.write(`hello${GET}`);
    expect(await client.closed).toBe("clean");
    expect(answersIn(client.text())).toHaveLength(1);
    expect(upstream.sockets).toHaveLength(1);
  });

  it("of a client that does not wait: the body follows, and the answer comes without a 100", async () => {
    const upstream = await using(startRecorder(({ body }) => okWith(body)));
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, `${UPLOAD}hello`);
    await until("it is answered", () => client.text().endsWith("\r\n\r\nhello"));
    // Whether that server still waits for the body, nobody can know.
    await until("the upstream connection is gone", () => upstream.open() === 0);
    client.socket.write(`${UPLOAD}again`);
    await until("the next is answered, on another", () => client.text().endsWith("\r\n\r\nagain"));
    expect(upstream.accepted()).toBe(2);
  });

  it("is nobody's business in HTTP/1.0", async () => {
    const upstream = await using(startRecorder(({ body }) => okWith(body)));
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, UPLOAD.replace("/1.1", "/1.0").concat("hello"));
    await client.closed;
    expect(client.text()).toMatch(/\r\n\r\nhello$/);
    expect(upstream.values("expect")).toEqual([]);
  });

  it("for anything else is 417", async () => {
    const { lane } = await laneTo("http://127.0.0.1:9");
    const client = rawClient(lane.port, UPLOAD.replace("100-continue", "200-ok"));
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 417 /);
  });

  it("does not make the client slow when it is the upstream that says nothing", async () => {
    const upstream = await scripted();
    const { lane, outcomes } = await laneTo(upstream.url, { settings: { bodyTimeout: 40, firstByteTimeout: 300 } });
    const client = rawClient(lane.port, UPLOAD);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 504 [\s\S]*x-canary-error: first_byte_timeout/);
    expect(outcomes[0]?.outcome.failure).toBe("first_byte_timeout");
  });
});

describe("an answer that comes while the upload runs", () => {
  const heads: readonly [string, string, string][] = [
    ["with a length", "Content-Length: 100000000\r\n", "x".repeat(65_536)],
    ["in chunks", "Transfer-Encoding: chunked\r\n", `10000\r\n${"x".repeat(65_536)}\r\n`],
  ];

  it.each(heads.flatMap((head) => (["stays", "ends", "resets"] as const).map((then) => [...head, then] as const)))(
    "reaches a client that goes on sending %s, when the upstream $3",
    async (_how, line, piece, then) => {
      const upstream = await using(
        startRaw((socket) => {
          socket.once("data", () => {
            socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
            if (then === "ends") socket.end();
            // With bytes unread, closing is a reset.
            if (then === "resets") socket.pause().destroySoon();
          });
        }),
      );
      const { lane } = await laneTo(upstream.url);
      const client = rawClient(lane.port, `POST / HTTP/1.1\r\nHost: x\r\n${line}\r\n`);
      const send = (error?: Error | null): void => {
        if (!error && !client.text().includes("\r\n\r\nno")) client.socket.write(piece, "latin1", send);
      };
      send();
      await until("the answer has come", () => client.text().endsWith("\r\n\r\nno"));
      expect(client.text()).toMatch(/^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
      await until("the upstream connection is gone", () => upstream.open() === 0);
      client.socket.write(GET);
      await client.closed;
      expect(answersIn(client.text())).toEqual(["413 no"]);
    },
  );

  it("is waited for by a client that first sends everything", async () => {
    const upstream = await using(startRecorder(() => okWith("")));
    const { lane } = await laneTo(upstream.url, { route: { maxBody: 1000 } });
    const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n");
    client.socket.pause();
    const piece = Buffer.alloc(1_000_000);
    for (let i = 0; i < 50; i++) {
      const written = new Promise<Error | null | undefined>((resolve) => client.socket.write(piece, resolve));
      expect(await written).toBeFalsy();
    }
    client.socket.resume();
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("requests sent ahead", () => {
  it("are answered in order, bodies between them, behind a slow one", async () => {
    const held: (() => void)[] = [];
    const upstream = await using(
      startRaw((socket) => {
        socket.on("data", (bytes) => {
          const [, target = ""] = bytes.toString("latin1").split(" ");
          const answer = (): unknown => socket.write(okWith(target));
          if (target === "/slow") held.push(answer);
          else answer();
        });
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(
      lane.port,
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n" +
        "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" +
        "PUT /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" +
        "\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n" +
        "GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /6 HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    await until("the slow one is there", () => held.length === 1);
    expect(answersIn(client.text())).toEqual(["200 /1"]);
    held[0]?.();
    expect(await client.closed).toBe("clean");
    expect(answersIn(client.text())).toEqual(["200 /1", "200 /slow", "200 /3", "200 /4", "200 /5"]);
  });

  it("get their answers up to the one that is none", async () => {
    const upstream = await using(startRecorder());
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, `${GET}GET /2 HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n${GET}`);
    expect(await client.closed).toBe("clean");
    expect(answersIn(client.text()).map((answer) => answer.slice(0, 5))).toEqual(["200 /", "400 {"]);
    expect(upstream.requests).toHaveLength(1);
  });

  it("are all answered, however many and however large", async () => {
    const upstream = await using(startRecorder(({ target, body }) => okWith(`${target} ${body.length}`)));
    const { lane } = await laneTo(upstream.url);
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const texts = numbers.map((i) => {
      const body = "x".repeat((i * 997) % 5_000);
      return `POST /${i} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    });
    const client = rawClient(lane.port, texts.join(""));
    await until("all are answered", () => client.text().includes("\r\n\r\n/299 "));
    expect(answersIn(client.text())).toEqual(numbers.map((i) => `200 /${i} ${(i * 997) % 5_000}`));
  });
});

describe("an HTTP/1.0 client", () => {
  const ask = async (answer: string, lines = ""): Promise<{ client: RawClient; target: string | undefined }> => {
    const upstream = await using(
      startRaw((socket) => {
        socket.on("data", () => {
          socket.write(answer, "latin1");
          if (!/content-length|chunked/i.test(answer)) socket.end();
        });
      }),
    );
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, `GET /old HTTP/1.0\r\n${lines}\r\n`);
    return { client, target: upstream.url };
  };
  const chunked =
    "HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2;e=f\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n";

  it.each([
    ["chunks", chunked],
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
    ["the end of the connection", "HTTP/1.1 200 OK\r\n\r\nhello"],
    ["the end of the connection, from an HTTP/1.0 server", "HTTP/1.0 200 OK\r\n\r\nhello"],
  ])("gets the body without chunks, and then the end, of an answer with %s", async (_how, answer) => {
    const { client } = await ask(answer);
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(/\r\nConnection: close\r\n/);
    expect(client.text()).not.toMatch(/transfer-encoding/i);
    expect(client.text()).toMatch(/\r\n\r\nhello$/);
  });

  it("that asks for it may send more where the answer has a length", async () => {
    const { client } = await ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "Connection: keep-alive\r\n");
    await until("it is answered", () => client.text().endsWith("hello"));
    expect(client.text()).toMatch(/\r\nConnection: keep-alive\r\n/);
    client.socket.write("GET / HTTP/1.0\r\n\r\n");
    expect(await client.closed).toBe("clean");
    expect(answersIn(client.text())).toEqual(["200 hello", "200 hello"]);
  });

  it("that asks for it may not where it has none", async () => {
    const { client } = await ask(chunked, "Connection: keep-alive\r\n");
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(/\r\nConnection: close\r\n\r\nhello$/);
  });

  it("is told an HTTP/1.1 server's Host by us", async () => {
    const upstream = await using(startRecorder());
    const { lane } = await laneTo(upstream.url);
    await rawClient(lane.port, "POST /old?q HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi").closed;
    expect(upstream.requests[0]?.raw).toMatch(/^POST \/old\?q HTTP\/1\.1\r\n/);
    expect([upstream.values("host"), upstream.requests[0]?.body]).toEqual([[`127.0.0.1:${upstream.port}`], "hi"]);
  });
});

describe("sizes", () => {
  it("URLs of 8 KB and heads of 16 KB pass", async () => {
    const upstream = await using(
      startRecorder(() => okWith("ok").replace("\r\n", `\r\nX-Big: ${"b".repeat(16_000)}\r\n`)),
    );
    const { lane } = await laneTo(upstream.url);
    const target = `/${"a".repeat(8_191)}?${"b".repeat(4_000)}`;
    const fields = Array.from({ length: 60 }, (_, i) => `X-${i}: ${"c".repeat(200)}\r\n`).join("");
    const client = rawClient(lane.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nX-Big: b{16000}\r\n/);
    expect(upstream.requests[0]?.target).toBe(target);
    expect(upstream.requests[0]?.raw).toContain(fields);
  });

  it.each([
    ["414", "long_target", `GET /${"a".repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ["414", "long_target", `GET /${"a".repeat(100_000)}`],
    ["431", "large_head", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(33_000)}\r\n\r\n`],
    ["431", "large_head", `GET / HTTP/1.1\r\nHost: x\r\n${"X: aaaaaaaa\r\n".repeat(90)}X: ${"a".repeat(100_000)}`],
    ["431", "many_fields", `GET / HTTP/1.1\r\nHost: x\r\n${"X: a\r\n".repeat(200)}\r\n`],
  ])("above the limits it is %s %s, and the connection closes", async (status, code, text) => {
    const upstream = await using(startRecorder());
    const { lane } = await laneTo(upstream.url);
    const client = rawClient(lane.port, text + GET);
    expect(await client.closed).toBe("clean");
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*x-canary-error: ${code}\r\n`));
    expect(answersIn(client.text())).toHaveLength(1);
    expect(upstream.accepted()).toBe(0);
  });
});
