import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type Front, frontOf } from "../../kit/front.ts";
import { until } from "../../kit/until.ts";
import { startHttp, type Upstream } from "../../kit/upstream.ts";
import { rawClient } from "../../proxy/lane-fixture.ts";
import { faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

const CUSTOMERS = 12;

let model: Upstream;

const { fault, told } = faultFamily("lifecycle");

beforeAll(async () => {
  model = await startHttp((request, response) => {
    request.resume();
    request.on("end", () => setTimeout(() => response.end("well"), Math.random() * 20));
  });
});
afterAll(() => model.close());

async function startReplica(env: Readonly<Record<string, string>> = {}, { url } = model): Promise<Stand> {
  const rules = `version: 1
routes:
  - name: chat
    match: [{ path: /* }]
    stable: { version: v1, endpoints: ["${url}"] }
`;
  const stand = await startStand(rules, env);
  onTestFinished(() => stand.end());
  return stand;
}

/** Customers who ask all the time, GET and POST in turn, until `work` is done. */
async function under(front: Front, work: (answered: () => number) => Promise<void>): Promise<unknown[]> {
  let [going, answered] = [true, 0];
  const lost: unknown[] = [];
  const customer = async (): Promise<void> => {
    for (let i = 0; going; i++) {
      await front.ask("/", i % 2 === 0 ? undefined : "hi").then(
        ({ status, text }) => (status === 200 && text === "well" ? answered++ : lost.push(`${status} ${text}`)),
        (error: unknown) => lost.push(error),
      );
    }
  };
  const asking = Promise.all(Array.from({ length: CUSTOMERS }, customer));
  try {
    await work(() => answered);
  } finally {
    going = false;
    await asking;
    await front.close();
  }
  return lost;
}

async function served(stand: Stand): Promise<number> {
  const counted = [...(await stand.series())].filter(([name]) =>
    /^canary_router_requests_total\{.*code="200"/.test(name),
  );
  return counted.reduce((sum, [, value]) => sum + value, 0);
}

fault(
  "of two replicas under load: one gets SIGTERM",
  {
    client: "its answer: none is lost, also none that is under way",
    metrics: "`/readyz` 503 on that one; `requests_total` of the other goes on rising",
    bound: "`proxy.drain`",
  },
  async () => {
    const [one, other] = await Promise.all([startReplica(), startReplica()]);
    const lost = await under(frontOf([one.router.proxyUrl, other.router.proxyUrl]), async (answered) => {
      await until("traffic flows", () => answered() > 200);
      one.router.signal("SIGTERM");
      await until("it is not ready any more", async () => (await one.ask("/readyz")).status === 503);
      expect(await one.router.ended).toBe(0);
      const before = await served(other);
      await until("traffic goes on", async () => (await served(other)) > before + 200);
    });
    expect(lost).toEqual([]);
  },
  60_000,
);

fault(
  "of two replicas under load: one gets SIGKILL",
  {
    client: `its answer, but for what the killed one had in hand: at most one request of each of ${CUSTOMERS} customers`,
    metrics: "`requests_total` of the other goes on rising",
    bound: "what was sent and not answered is lost; nothing after it is",
  },
  async () => {
    const [one, other] = await Promise.all([startReplica(), startReplica()]);
    const lost = await under(frontOf([one.router.proxyUrl, other.router.proxyUrl]), async (answered) => {
      await until("traffic flows", () => answered() > 200);
      await one.router.kill();
      const before = await served(other);
      await until("traffic goes on", async () => (await served(other)) > before + 200);
    });
    expect(lost.length).toBeLessThanOrEqual(CUSTOMERS);
  },
  60_000,
);

const TOGETHER = 50;
const SERVED = 2;
const OVERLOADED = {
  'requests_total{code="503"}': TOGETHER - SERVED,
  'requests_total{code="200"}': SERVED,
};
fault(
  `gets ${TOGETHER} requests at once for a model that takes ${SERVED}, where 4 may wait`,
  {
    client:
      "503 `overloaded` with `Retry-After`, at once or when its time to wait is over; the answer, where it was taken",
    metrics: OVERLOADED,
    bound: "`proxy.maxEndpointConnections`, `proxy.maxQueueLength`, `proxy.queueTimeout`",
  },
  async () => {
    const held: (() => void)[] = [];
    const slow = await startHttp((_request, response) => void held.push(() => response.end("well")));
    onTestFinished(() => slow.close());
    const stand = await startReplica(
      {
        PROXY_MAX_ENDPOINT_CONNECTIONS: `${SERVED}`,
        PROXY_MAX_QUEUE_LENGTH: "4",
        PROXY_QUEUE_TIMEOUT: "500ms",
      },
      slow,
    );
    const asking = Array.from({ length: TOGETHER }, () => rawClient(stand.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    const refused = () => asking.filter(({ text }) => text().startsWith("HTTP/1.1 503 "));
    await until("those that find no place are told", () => refused().length === TOGETHER - SERVED - 4, 5_000);
    await until("those that waited are told", () => refused().length === TOGETHER - SERVED);
    for (const { text } of refused()) expect(text()).toMatch(/x-canary-error: overloaded\r\n[\s\S]*Retry-After: 1\r\n/);
    for (const answer of held.splice(0)) answer();
    const well = () => asking.filter(({ text }) => text().endsWith("well"));
    await until("those that were taken are answered", () => well().length === SERVED);
    await stand.counted(OVERLOADED);
    const [again] = refused();
    again?.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("the next is taken", () => held.length === 1);
    held[0]?.();
    await until("the next is answered", () => again?.text().endsWith("well") === true);
    for (const { socket } of asking) socket.destroy();
    await stand.settled();
  },
);

told();
