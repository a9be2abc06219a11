import type { Socket } from "node:net";
import { Pool } from "undici";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { until } from "../../kit/until.ts";
import { refusedUrl, startEcho, startRaw, startSilent, type Upstream } from "../../kit/upstream.ts";
import { type RawClient, rawClient } from "../../proxy/lane-fixture.ts";
import { type Counts, faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

const CLOCKS = {
  PROXY_CONNECT_TIMEOUT: "1s",
  PROXY_FIRST_BYTE_TIMEOUT: "1s",
  PROXY_IDLE_TIMEOUT: "1s",
};
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`;
const WHOLE = `${OK}Content-Length: 5\r\n\r\nhello`;
const KEEP_ALIVE_REQUESTS = 300;

let stand: Stand;
let bad: Upstream;
let well: Upstream;
const others: Upstream[] = [];
/** What the bad one does with whoever connects. */
let misdeed: (socket: Socket) => void = () => {};

const { fault, told } = faultFamily("upstreams");

beforeAll(async () => {
  bad = await startRaw((socket) => misdeed(socket), { allowHalfOpen: true });
  well = await startEcho();
  const deaf = await startSilent();
  others.push(deaf);
  const route = (path: string, stable: string, candidate?: string) => `
  - name: ${path}
    match: [{ path: /${path}/* }]
    autoCut: off
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate ?? well.url}"] }
    fallback: failures
    rules: [{ name: everyone, candidate: ${candidate === undefined ? 0 : 100}% }]`;
  const routes = [
    route("bad", bad.url),
    route("nobody", await refusedUrl()),
    route("tls", deaf.url.replace("http:", "https:")),
    route("candidate", well.url, bad.url),
  ];
  stand = await startStand(`version: 1\nroutes:${routes.join("")}\n`, CLOCKS);
});
afterEach(() => stand.settled());
afterAll(async () => {
  await stand.end();
  for (const upstream of [bad, well, ...others]) await upstream.close();
});

/** The version's server does `deed` as soon as it is asked something. */
function onceAsked(deed: (socket: Socket) => void): void {
  misdeed = (socket) => {
    socket.once("data", () => deed(socket)).resume();
    socket.on("end", () => socket.end());
  };
}

/** It says `text`, and then nothing, or what `then` does. */
function says(text: string, then: (socket: Socket) => void = () => {}): (socket: Socket) => void {
  return (socket) => void socket.write(text, "latin1", () => then(socket));
}

/** A POST, which nobody sends twice without being asked to. */
function post(route = "bad", body = "hi"): RawClient {
  return rawClient(stand.port, `POST /${route}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

/** The status and the code of the router's own answer; the connection goes on. */
async function refusalOf(client: RawClient): Promise<string> {
  await until("it is answered", () => client.text().endsWith("}}\n"));
  const [, status, code] = /^HTTP\/1\.1 (\d+) [\s\S]*\r\nx-canary-error: (\w+)\r\n/.exec(client.text()) ?? [];
  client.socket.destroy();
  return `${status} \`${code}\``;
}

const end = (socket: Socket): void => void socket.end();
const reset = (socket: Socket): void => void socket.resetAndDestroy();
/** What was written must leave first. */
const resetSoon = (socket: Socket): void => void setTimeout(reset, 20, socket);

const none: [string, string, (socket: Socket) => void, string, string, string][] = [
  [
    "dies inside the head of its answer",
    "502 `upstream_reset`",
    says(`${OK}Content-Le`, end),
    "502",
    "reset",
    "at once",
  ],
  ["resets instead of answering", "502 `upstream_reset`", reset, "502", "reset", "at once"],
  ["closes instead of answering", "502 `upstream_reset`", end, "502", "reset", "at once"],
  [
    "takes the request and says nothing",
    "504 `first_byte_timeout`",
    () => {},
    "504",
    "first_byte_timeout",
    "`proxy.firstByteTimeout`",
  ],
  [
    "answers garbage",
    "502 `upstream_protocol_error`",
    says("220 smtp ready\r\n\r\n"),
    "502",
    "protocol_error",
    "at once",
  ],
  [
    "announces two lengths",
    "502 `upstream_protocol_error`",
    says(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`),
    "502",
    "protocol_error",
    "at once",
  ],
  [
    "sends a head of 100 KB",
    "502 `upstream_protocol_error`",
    says(`${OK}X: ${"a".repeat(100_000)}\r\n\r\n`),
    "502",
    "protocol_error",
    "the size of a head",
  ],
];
for (const [name, answer, deed, code, reason, bound] of none) {
  const metrics = { [`requests_total{code="${code}"}`]: 1, [`failures_total{reason="${reason}"}`]: 1 };
  fault(name, { client: answer, metrics, bound }, async () => {
    onceAsked(deed);
    expect(await refusalOf(post())).toBe(answer);
    await stand.counted(metrics);
    await until("its connection is not kept", () => bad.open() === 0);
  });
}

const refused: [string, string, string, string, string, string][] = [
  ["is not there", "nobody", "502 `upstream_refused`", "502", "connect_refused", "at once"],
  [
    "takes the connection and never ends the TLS handshake",
    "tls",
    "504 `connect_timeout`",
    "504",
    "connect_timeout",
    "`proxy.connectTimeout`",
  ],
];
for (const [name, route, answer, code, reason, bound] of refused) {
  const metrics = { [`requests_total{code="${code}"}`]: 1, [`failures_total{reason="${reason}"}`]: 1 };
  fault(name, { client: answer, metrics, bound }, async () => {
    expect(await refusalOf(post(route))).toBe(answer);
    await stand.counted(metrics);
  });
}

const BROKEN = "what had come, and then a closed connection: an answer that is not whole";
const broken: [string, (socket: Socket) => void, string, string][] = [
  ["resets in the middle of a stream", says(`${CHUNKED}5\r\nhello\r\n`, resetSoon), "truncated", "at once"],
  ["closes in the middle of a chunk", says(`${CHUNKED}9\r\nhello`, end), "truncated", "at once"],
  ["closes short of its length", says(`${OK}Content-Length: 9\r\n\r\nhello`, end), "truncated", "at once"],
  ["goes on with what is no chunk", says(`${CHUNKED}5\r\nhello\r\nzz\r\n`), "protocol_error", "at once"],
  ["falls silent in the middle of a stream", says(`${CHUNKED}5\r\nhello\r\n`), "idle_timeout", "`proxy.idleTimeout`"],
];
for (const [name, deed, reason, bound] of broken) {
  const metrics = { 'requests_total{code="200"}': 1, [`failures_total{reason="${reason}"}`]: 1 };
  fault(name, { client: BROKEN, metrics, bound }, async () => {
    onceAsked(deed);
    const client = post();
    // Where a reset comes together with bytes, libuv calls it an end: what the bytes say counts.
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello(\r\n)?$/);
    await stand.counted(metrics);
    await until("its connection is not kept", () => bad.open() === 0);
  });
}

const SERVED: Counts = { 'requests_total{code="200"}': 1 };

fault(
  "answers byte by byte",
  { client: "each byte as it came, and the whole answer", metrics: SERVED, bound: "`proxy.idleTimeout` between bytes" },
  async () => {
    let upTo = WHOLE.length - "llo".length;
    onceAsked((socket) => {
      let at = 0;
      const timer = setInterval(() => {
        if (at < upTo) socket.write(WHOLE.slice(at, ++at));
        if (at === WHOLE.length) clearInterval(timer);
      }, 5);
    });
    const client = post();
    await until("some has come", () => client.text().endsWith("\r\n\r\nhe"));
    upTo = WHOLE.length;
    await until("all has come", () => client.text().endsWith("hello"));
    client.socket.destroy();
    await stand.counted(SERVED);
  },
);

fault(
  "sends more than its answer",
  {
    client: "the answer, and nothing of the rest",
    metrics: { 'requests_total{code="200"}': 2 },
    bound: "its connection is closed",
  },
  async () => {
    onceAsked(says(`${WHOLE}${WHOLE.replace("hello", "poison")}`));
    const client = post();
    await until("it is answered", () => client.text().endsWith("hello"));
    onceAsked(says(WHOLE.replace("hello", "right")));
    client.socket.write("GET /bad/ HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("the next is answered", () => client.text().endsWith("right"));
    expect(client.text()).not.toContain("poison");
    client.socket.destroy();
    await stand.counted({ 'requests_total{code="200"}': 2 });
  },
);

fault(
  "answers before it has read the body",
  {
    client: "that answer; neither connection is used again",
    metrics: { 'requests_total{code="413"}': 1 },
    bound: "at once",
  },
  async () => {
    onceAsked(says("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", resetSoon));
    const client = rawClient(stand.port, "POST /bad/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    client.socket.write(Buffer.alloc(1_000_000));
    await until("it is answered", () => client.text().endsWith("\r\n\r\nno"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
    client.socket.destroy();
    await stand.counted({ 'requests_total{code="413"}': 1 });
    await until("its connection is not kept", () => bad.open() === 0);
  },
);

const STORM = { 'requests_total{code="502"}': 1, 'failures_total{reason="protocol_error"}': 1 };
fault(
  "sends a storm of 1xx answers",
  { client: "at most 64 of them, then 502 `upstream_protocol_error`", metrics: STORM, bound: "64 before each answer" },
  async () => {
    onceAsked(says("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(10_000)));
    const client = post();
    await until("it is answered", () => client.text().includes("x-canary-error: upstream_protocol_error"));
    expect(client.text().split(" 103 Early Hints").length - 1).toBeLessThanOrEqual(64);
    client.socket.destroy();
    await stand.counted(STORM);
  },
);

const DEAF = { 'requests_total{code="504"}': 1, 'failures_total{reason="idle_timeout"}': 1 };
fault(
  "stops reading an upload",
  {
    client: "504 `idle_timeout`",
    metrics: DEAF,
    bound: "`proxy.idleTimeout`; no more than the kernel's buffers are read ahead",
  },
  async () => {
    misdeed = (socket) => void socket.pause();
    const client = rawClient(stand.port, "POST /bad/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    client.socket.write(Buffer.alloc(50_000_000));
    expect(await refusalOf(client)).toBe("504 `idle_timeout`");
    await stand.counted(DEAF);
  },
);

const ALIVE = { 'requests_total{code="200"}': KEEP_ALIVE_REQUESTS };
fault(
  "closes kept-alive connections as the next request is sent",
  { client: "every answer", metrics: ALIVE, bound: "one more try, on a fresh connection, of what was not answered" },
  async () => {
    misdeed = (socket) => {
      socket.on("data", () => {
        socket.write(WHOLE);
        const turns = Math.floor(Math.random() * 4);
        if (turns === 0) setImmediate(() => socket.destroy());
        else if (turns < 3) setTimeout(() => socket.destroy(), turns);
      });
    };
    const accepted = bad.accepted();
    const pool = new Pool(stand.router.proxyUrl, { connections: 3 });
    let asked = 0;
    const customer = async (): Promise<void> => {
      while (asked++ < KEEP_ALIVE_REQUESTS) {
        const { statusCode, body } = await pool.request({ path: "/bad/", method: asked % 2 === 0 ? "GET" : "POST" });
        expect([statusCode, await body.text()]).toEqual([200, "hello"]);
      }
    };
    await Promise.all([customer(), customer(), customer()]);
    await pool.destroy();
    expect(bad.accepted() - accepted).toBeGreaterThan(KEEP_ALIVE_REQUESTS / 10);
    await stand.counted(ALIVE);
  },
);

const FELL_BACK = {
  'requests_total{code="200"}': 1,
  'failures_total{reason="reset",track="candidate"}': 1,
  'fallbacks_total{reason="reset"}': 1,
};
fault(
  "is a candidate, and dies before its answer begins",
  {
    client: "stable's answer",
    metrics: FELL_BACK,
    bound: "one more try, where the body was kept (`proxy.replayLimit`)",
  },
  async () => {
    onceAsked(end);
    const client = post("candidate");
    await until("it is answered", () => client.text().endsWith("}"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*x-canary-version: v1\r\n[\s\S]*x-canary-fallback: reset\r\n/);
    client.socket.destroy();
    await stand.counted(FELL_BACK);
  },
);

told();
