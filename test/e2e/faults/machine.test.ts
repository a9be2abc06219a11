import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "undici";
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from "vitest";
import { until } from "../../kit/until.ts";
import { startEcho, startHttp, startSilent, type Upstream } from "../../kit/upstream.ts";
import { type RawClient, rawClient } from "../../proxy/lane-fixture.ts";
import { temporaryFile } from "../stage.ts";
import { faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

const CLOCKS = { PROXY_HEAD_TIMEOUT: "1s" };
const KIB = 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const MAIN = resolve(import.meta.dirname, "../../../dist/cli/main.js");

let stand: Stand;
let silent: Upstream;
let patient: Upstream;
const upstreams: Upstream[] = [];
/** Lets the patient one answer what it was asked. */
let answer = (): void => {};

const { fault, told } = faultFamily("machine");

beforeAll(async () => {
  silent = await startSilent();
  const well = await startEcho();
  patient = await startHttp((_request, response) => {
    answer = () => response.end("at last");
  });
  upstreams.push(silent, well, patient);
  stand = await startStand(rulesTo({ silent, well, patient }), CLOCKS);
});
afterEach(() => stand.settled());
afterAll(async () => {
  await stand.end(192 * KIB * KIB); // it has had ten thousand clients
  for (const upstream of upstreams) await upstream.close();
});

function rulesTo(places: Readonly<Record<string, Upstream>>): string {
  const routes = Object.entries(places).map(
    ([path, { url }]) => `
  - name: ${path}
    match: [{ path: /${path}/* }]
    stable: { version: v1, endpoints: ["${url}"] }
    candidate: { version: v2, endpoints: ["${url}"] }
    rules: [{ name: everyone, candidate: 0% }]`,
  );
  return `version: 1\nroutes:${routes.join("")}\n`;
}

/** For the rest of the test, for the running router, without a restart; as `prlimit` names them. */
function limit(stand: Stand, what: "nofile" | "fsize", most: number): void {
  onTestFinished(() => set(stand, what, what === "nofile" ? 20_000 : "unlimited"));
  set(stand, what, most);
}

function set({ router }: Stand, what: "nofile" | "fsize", most: number | "unlimited"): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", `${router.pid}`, `--${what}=${most}:`], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
}

function post(route: string, lines = "Content-Length: 2\r\n", body = "hi"): RawClient {
  return rawClient(stand.port, `POST /${route}/ HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`);
}

const UPGRADE =
  "GET /well/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const SMALL = "POST /well/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";

/** What a client gets that then leaves; nothing, where it is turned away. */
async function answerTo(request: string): Promise<string> {
  const client = rawClient(stand.port, request);
  let gone = false;
  void client.closed.then(() => (gone = true));
  await until("it is answered", () => gone || /\}\n?$/.test(client.text()));
  client.socket.destroy();
  return client.text();
}

const NO_FILES = { 'requests_total{code="503"}': 2 };
fault(
  "has no file descriptors left",
  {
    client:
      "503 `overloaded` with `Retry-After` where no connection to a model can be made; new connections are closed at once; what is under way goes on",
    metrics: NO_FILES,
    bound: "at once; well again as soon as a connection closes",
  },
  async () => {
    const under = post("patient");
    await until("something is under way", () => patient.open() === 1);
    limit(stand, "nofile", 64);
    const idle: RawClient[] = [];
    let refused = false;
    await until("a client is turned away", async () => {
      const client = rawClient(stand.port, "");
      idle.push(client);
      void client.closed.then(() => (refused = true));
      await pause(5);
      return refused;
    });
    await pause(50);
    idle.findLast(({ socket }) => !socket.destroyed)?.socket.destroy();
    for (const request of [SMALL, UPGRADE]) {
      let text = "";
      await until("it gets the last one", async () => {
        text = await answerTo(request);
        return text !== "";
      });
      expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*x-canary-error: overloaded\r\n[\s\S]*Retry-After: 1\r\n/);
    }
    await stand.counted(NO_FILES);
    answer();
    await until("what was under way is answered", () => under.text().includes("at last"));
    for (const { socket } of [...idle, under]) socket.destroy();
    await until("requests are served again", async () => (await answerTo(SMALL)).startsWith("HTTP/1.1 200 "));
  },
);

fault(
  "stands still for longer than every clock runs",
  {
    client: "the answer to what it has sent meanwhile",
    metrics: { 'requests_total{code="200"}': 1 },
    bound: "what has come is read before a clock counts",
  },
  async () => {
    const client = rawClient(stand.port, SMALL.slice(0, 20));
    await pause(100);
    stand.router.signal("SIGSTOP");
    client.socket.write(SMALL.slice(20));
    await pause(1_500);
    stand.router.signal("SIGCONT");
    await until("it is answered", () => client.text().endsWith("}") || client.text().endsWith("}}\n"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    client.socket.destroy();
    await stand.counted({ 'requests_total{code="200"}': 1 });
  },
);

const FULL = { 'requests_total{code="200"}': 1 };
fault(
  "has no room on its disk",
  {
    client:
      "its answer, by the rules that were; an edit gets 503 `store_unavailable`, a cut is in force and says that a restart would lift it",
    metrics: FULL,
    bound: "what was on the disk stays whole",
  },
  async () => {
    const { text: rules } = await stand.ask("/api/rules");
    const put = () => stand.ask("/api/rules", "PUT", rules.replaceAll("0%", "1%"));
    limit(stand, "fsize", 0);
    expect(await put()).toEqual({ status: 503, text: expect.stringContaining("store_unavailable") });
    const cut = await stand.ask("/api/routes/well/cut", "POST", '{"why":"a trial"}');
    expect(cut).toEqual({ status: 200, text: expect.stringContaining("a restart would lift it") });
    expect((await stand.ask("/api/rules")).text).toBe(rules);
    const client = post("well");
    await until("it is answered", () => client.text().endsWith("}"));
    client.socket.destroy();
    await stand.counted(FULL);
    set(stand, "fsize", "unlimited");
    expect((await put()).status).toBe(200);
  },
);

/** The router, with a `Date` that jumps by what `file` says on SIGUSR2. */
const jumping = (file: string): string => `
import { readFileSync } from "node:fs";
const Real = Date;
let jump = 0;
globalThis.Date = class extends Real {
  constructor(...args) { if (args.length === 0) super(Real.now() + jump); else super(...args); }
  static now() { return Real.now() + jump; }
};
process.on("SIGUSR2", () => { jump = Number(readFileSync(${JSON.stringify(file)})); });
await import(${JSON.stringify(MAIN)});
`;

fault(
  "has a clock that jumps a day on, and two days back",
  {
    client: "its answer",
    metrics: "durations and ages as long as they were; a cut stays, an edit of the rules file is taken",
    bound: "clocks inside the router are monotone",
  },
  async () => {
    const file = temporaryFile("jump", "0");
    const [well] = upstreams.slice(1);
    if (well === undefined) throw new Error("unreachable");
    const clocked = await startStand(rulesTo({ well }), {}, temporaryFile("clock.mjs", jumping(file)));
    onTestFinished(() => clocked.end());
    const { router } = clocked;
    const customer = new Client(router.proxyUrl);
    onTestFinished(() => customer.destroy());
    const ask = async (path: string) => {
      const { statusCode, headers, body } = await customer.request({ path, method: "GET" });
      await body.text();
      return { status: statusCode, date: Date.parse(String(headers["date"])) };
    };
    expect((await clocked.ask("/api/routes/well/cut", "POST", '{"why":"a trial"}')).status).toBe(200);
    for (const jump of [DAY_MS, -2 * DAY_MS]) {
      writeFileSync(file, `${jump}`);
      router.signal("SIGUSR2");
      await until("it has another time", async () => {
        const { date } = await ask("/nowhere"); // what the router answers itself
        return Math.abs(date - Date.now() - jump) < DAY_MS / 2;
      });
      for (let i = 0; i < 20; i++) expect((await ask("/well/")).status).toBe(200);
      expect((await clocked.ask("/readyz")).status).toBe(200);
      const edited = rulesTo({ well }).replace("everyone", `after ${jump}`);
      expect((await clocked.ask("/api/rules", "PUT", edited)).status).toBe(200);
      const series = await clocked.series();
      const strange = [...series].filter(
        ([name, value]) => /^canary_router_.*(_seconds|_seconds_sum)(\{|$)/.test(name) && (value < 0 || value > 60),
      );
      expect(strange).toEqual([]);
      expect([...series].filter(([name]) => name.startsWith("canary_router_cut{")).map(([, value]) => value)).toEqual([
        1,
      ]);
    }
    await customer.destroy();
    await clocked.settled();
  },
);

const OPEN = 10_000;
fault(
  `has ${OPEN.toLocaleString("en")} open connections of clients`,
  {
    client: "its answer, on each of them",
    metrics: { [`requests_total{code="200"}`]: OPEN + 1 },
    bound: "`proxy.maxConnections`; an idle connection keeps a few KB",
  },
  async () => {
    const clients: Socket[] = [];
    let answered = 0;
    const before = stand.grown();
    while (clients.length < OPEN) {
      for (let i = 0; i < 500; i++) {
        const socket = connect(stand.port, "127.0.0.1");
        socket.once("data", () => answered++);
        socket.on("error", () => {});
        socket.write("GET /well/ HTTP/1.1\r\nHost: x\r\n\r\n");
        clients.push(socket);
      }
      await until("these are answered", () => answered === clients.length, 30_000);
    }
    expect(clients.filter((socket) => socket.destroyed)).toEqual([]);
    const each = (stand.grown() - before) / OPEN;
    console.log(`${OPEN} open connections: ${(each / KIB).toFixed(1)} KiB each, of the router's resident memory`);
    expect(each).toBeLessThan(16 * KIB);
    const client = post("well");
    await until("one more is answered", () => client.text().endsWith("}"));
    client.socket.destroy();
    await stand.counted({ 'requests_total{code="200"}': OPEN + 1 });
    for (const socket of clients) socket.resetAndDestroy();
  },
  60_000,
);

told();
