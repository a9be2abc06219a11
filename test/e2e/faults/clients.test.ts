import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { okWith } from "../../kit/recorder.ts";
import { until } from "../../kit/until.ts";
import { startEcho, startHttp, startRaw, startSilent, type Upstream } from "../../kit/upstream.ts";
import { rawClient } from "../../proxy/lane-fixture.ts";
import { type Counts, faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

const CLOCKS = {
  PROXY_HEAD_TIMEOUT: "500ms",
  PROXY_BODY_TIMEOUT: "500ms",
  PROXY_IDLE_TIMEOUT: "1s",
  PROXY_KEEP_ALIVE_TIMEOUT: "1s",
};
const KIB = 1024;
const MIB = 1024 * KIB;
const LARGE = 100 * MIB;
const MANY = 300;
const STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

let stand: Stand;
let silent: Upstream;
let stream: Upstream;
let large: Upstream;
let tunnel: Upstream;
const others: Upstream[] = [];

const { fault, told } = faultFamily("clients");

beforeAll(async () => {
  silent = await startSilent();
  stream = await startRaw((socket) => socket.once("data", () => socket.write(STREAM)).resume());
  tunnel = await startRaw((socket) => socket.once("data", () => socket.write(SWITCH)).resume());
  large = await startHttp((_request, response) => {
    const piece = Buffer.alloc(64 * KIB);
    let left = LARGE;
    const send = (): void => {
      while (left > 0) {
        left -= piece.length;
        if (!response.write(piece)) return;
      }
      response.end();
    };
    response.setHeader("content-length", LARGE);
    response.on("drain", send);
    send();
  });
  const echo = await startEcho();
  const order = await startRaw((socket) =>
    socket.on("data", (bytes) => {
      for (const [, target = ""] of bytes.toString("latin1").matchAll(/GET (\S+) HTTP/g)) socket.write(okWith(target));
    }),
  );
  others.push(silent, stream, large, tunnel, echo, order);
  const routes = Object.entries({ silent, stream, large, tunnel, echo, order }).map(
    ([path, { url }]) => `
  - name: ${path}
    match: [{ path: /${path}/* }]
    stable: { version: v1, endpoints: ["${url}"] }`,
  );
  stand = await startStand(`version: 1\nroutes:${routes.join("")}\n`, CLOCKS);
});
afterEach(() => stand.settled());
afterAll(async () => {
  await stand.end();
  for (const upstream of others) await upstream.close();
});

const get = (route: string): string => `GET /${route}/ HTTP/1.1\r\nHost: x\r\n\r\n`;
const post = (route: string, lines: string, body = ""): string =>
  `POST /${route}/ HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;

const LEFT: Counts = { 'requests_total{code="499"}': 1 };
const leaving: [string, string, string | undefined, Counts][] = [
  ["leaves before the answer begins", get("silent"), undefined, LEFT],
  ["leaves in the middle of a stream", get("stream"), "hello", { 'requests_total{code="200"}': 1 }],
  ["vanishes in the middle of an upload", post("silent", "Content-Length: 9", "hi"), undefined, LEFT],
  [
    "vanishes in the middle of a chunked upload",
    post("silent", "Transfer-Encoding: chunked", "2\r\nhi\r\n"),
    undefined,
    LEFT,
  ],
];
for (const [name, text, wanted, metrics] of leaving) {
  const bound = "at once: the model server's connection is gone, too";
  fault(name, { client: "nothing: it has left", metrics, bound }, async () => {
    const upstream = wanted === undefined ? silent : stream;
    for (const way of ["destroy", "resetAndDestroy"] as const) {
      const client = rawClient(stand.port, text);
      await until("it is forwarded", () => upstream.open() === 1);
      if (wanted !== undefined) await until("the stream has begun", () => client.text().includes(wanted));
      client.socket[way]();
      await until("the model server is left alone", () => upstream.open() === 0, 1_000);
      await stand.counted(metrics);
    }
  });
}

fault(
  "ends its half of the connection and waits",
  { client: "the end of the connection: it counts as one that has left", metrics: LEFT, bound: "at once" },
  async () => {
    const client = rawClient(stand.port, get("silent"), { allowHalfOpen: true });
    await until("it is forwarded", () => silent.open() === 1);
    client.socket.end();
    await client.closed;
    expect(client.text()).toBe("");
    await until("the model server is left alone", () => silent.open() === 0);
    await stand.counted(LEFT);
  },
);

const GONE = { 'requests_total{code="499"}': MANY };
fault(
  `is one of ${MANY} that all leave in the same moment`,
  { client: "nothing: it has left", metrics: GONE, bound: "no socket or timer stays" },
  async () => {
    const clients = Array.from({ length: MANY }, () => rawClient(stand.port, get("silent")));
    await until("all are forwarded", () => silent.open() === MANY);
    for (const { socket } of clients) socket.resetAndDestroy();
    await until("the model server is left alone", () => silent.open() === 0);
    await stand.counted(GONE);
  },
);

const said: [string, string, string, Counts, string][] = [
  ["sends what is no HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "400 `bad_start`", {}, "at once"],
  [
    "sends a length and chunks",
    post("echo", "Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "400 `two_lengths`",
    {},
    "at once",
  ],
  [
    "sends a URL of 20 KB",
    `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    "414 `long_target`",
    {},
    "`proxy.maxUrlLength`",
  ],
  [
    "sends a head of 40 KB",
    `GET /echo/ HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(40_000)}\r\n\r\n`,
    "431 `large_head`",
    {},
    "`proxy.maxHeadSize`",
  ],
  [
    "stops inside its head",
    "GET /echo/ HTTP/1.1\r\nHos",
    "408 `request_timeout`",
    {},
    "`proxy.headTimeout`, however it trickles",
  ],
  [
    "stops inside its body",
    post("silent", "Content-Length: 9", "hi"),
    "408 `body_timeout`",
    { 'requests_total{code="408"}': 1 },
    "`proxy.bodyTimeout`",
  ],
];
for (const [name, text, answer, metrics, bound] of said) {
  fault(name, { client: `${answer}, and the end of the connection`, metrics, bound }, async () => {
    const client = rawClient(stand.port, text);
    await client.closed;
    const [, status, code] = /^HTTP\/1\.1 (\d+) [\s\S]*\r\nx-canary-error: (\w+)\r\n/.exec(client.text()) ?? [];
    expect(`${status} \`${code}\``).toBe(answer);
    await stand.counted(metrics);
  });
}

fault(
  "connects and says nothing",
  { client: "the end of the connection, without a word", metrics: {}, bound: "`proxy.keepAliveTimeout`" },
  async () => {
    const client = rawClient(stand.port, "");
    expect(await client.closed).toBe("clean");
    expect(client.text()).toBe("");
    await stand.counted({});
  },
);

const READERS = 4;
const SLOW = { 'requests_total{code="200"}': READERS };
fault(
  `is one of ${READERS} that read 100 MB slowly`,
  {
    client: "what it reads, when it reads it",
    metrics: SLOW,
    bound: "256 KiB a stream in the router, and the kernel's buffers",
  },
  async () => {
    const readers = Array.from({ length: READERS }, () => rawClient(stand.port, get("large")).socket);
    const before = stand.grown();
    let [read, peak] = [0, 0];
    for (const socket of readers) {
      socket.removeAllListeners("data");
      socket.on("data", (bytes) => {
        read += bytes.length;
        socket.pause();
        setTimeout(() => socket.resume(), 2);
      });
    }
    await until("much has been read", () => {
      peak = Math.max(peak, stand.grown() - before);
      return read > READERS * 10 * MIB;
    });
    expect(peak).toBeLessThan(READERS * 256 * KIB + 24 * MIB); // the rest is what Node keeps for the next time
    for (const socket of readers) socket.destroy();
    await stand.counted(SLOW);
  },
);

const STOPPED = { 'requests_total{code="200"}': 1 };
fault(
  "stops reading the answer",
  { client: "what it had read, and a broken connection", metrics: STOPPED, bound: "`proxy.idleTimeout`" },
  async () => {
    const client = rawClient(stand.port, get("large"));
    await until("it has begun", () => client.text() !== "");
    client.socket.pause();
    await until("the model server is left alone", () => large.open() === 0);
    await stand.counted(STOPPED);
  },
);

const AHEAD = { 'requests_total{code="200"}': MANY };
fault(
  `sends ${MANY} requests ahead`,
  {
    client: "all answers, in order",
    metrics: AHEAD,
    bound: "64 KiB are read ahead; one request of a connection at a time",
  },
  async () => {
    const targets = Array.from({ length: MANY }, (_, i) => `/order/${i}`);
    const client = rawClient(stand.port, targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
    await until("all are answered", () => client.text().endsWith(targets.at(-1) ?? ""));
    expect([...client.text().matchAll(/\r\n\r\n(\/order\/\d+)/g)].map(([, target]) => target)).toEqual(targets);
    client.socket.destroy();
    await stand.counted(AHEAD);
  },
);

fault(
  "resets a WebSocket",
  { client: "nothing: it has left", metrics: { 'requests_total{code="101"}': 1 }, bound: "at once" },
  async () => {
    const lines =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    const client = rawClient(stand.port, `GET /tunnel/ HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`);
    await until("it has switched", () => client.text().startsWith("HTTP/1.1 101 "));
    client.socket.resetAndDestroy();
    await until("the model server is left alone", () => tunnel.open() === 0);
    await stand.counted({ 'requests_total{code="101"}': 1 });
  },
);

told();
