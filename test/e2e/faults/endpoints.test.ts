import { Pool } from "undici";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { until } from "../../kit/until.ts";
import { startHttp, type Upstream } from "../../kit/upstream.ts";
import { faultFamily } from "./fault-table.ts";
import { type Stand, startStand } from "./stand.ts";

/** An endpoint that answers with its name, unless it resets, and says on its health path whether it is well. */
interface Moody {
  readonly upstream: Upstream;
  resets: boolean;
  well: boolean;
}

let stand: Stand;
let steady: Moody;
let resetting: Moody;
let ailing: Moody;
let pool: Pool | undefined;

const { fault, told } = faultFamily("endpoints");

beforeAll(async () => {
  [steady, resetting, ailing] = await Promise.all([
    startMoody("steady"),
    startMoody("resetting"),
    startMoody("ailing"),
  ]);
  const route = (path: string, endpoints: readonly Moody[], more = "") => `
  - name: ${path}
    match: [{ path: /${path}/* }]
    stable: { version: v1, endpoints: ${JSON.stringify(endpoints.map(({ upstream }) => upstream.url))}${more} }`;
  const routes = [
    route("two", [steady, resetting]),
    route("probed", [steady, ailing], ", health: /health"),
    route("last", [resetting]),
  ];
  stand = await startStand(`version: 1\nroutes:${routes.join("")}\n`, { PROXY_HEALTH_INTERVAL: "100ms" });
});
afterEach(async () => {
  await pool?.destroy();
  pool = undefined;
  await stand.settled();
});
afterAll(async () => {
  await stand.end();
  for (const { upstream } of [steady, resetting, ailing]) await upstream.close();
});

async function startMoody(name: string): Promise<Moody> {
  const mood = { resets: false, well: true };
  const upstream = await startHttp((request, response) => {
    if (mood.resets) request.socket.resetAndDestroy();
    response.statusCode = request.url === "/health" && !mood.well ? 503 : 200;
    request.resume().on("end", () => response.end(name));
  });
  return Object.assign(mood, { upstream });
}

/** A POST, which nobody sends twice without being asked to: status, and who has answered. */
async function ask(route: string): Promise<[status: number, by: string]> {
  pool ??= new Pool(stand.router.proxyUrl, { connections: 1 });
  const { statusCode, body } = await pool.request({ path: `/${route}/`, method: "POST", body: "hi" });
  return [statusCode, await body.text()];
}

/** What `canary_router_endpoint_up` says of it. */
async function up({ upstream }: Moody): Promise<number | undefined> {
  const told = [...(await stand.series())].filter(([name]) => name.startsWith("canary_router_endpoint_up"));
  return told.find(([name]) => name.includes(upstream.url))?.[1];
}

fault(
  "one of two resets",
  {
    client: "502 `upstream_reset`, three times at most, then the other endpoint's answers",
    metrics: "`endpoint_up` 0 for it until a trial, once a second at first, is answered",
    bound: "three failures in a row; a trial each 1 to 30 s",
  },
  async () => {
    resetting.resets = true;
    const statuses: number[] = [];
    await until("it is left out", async () => {
      statuses.push((await ask("two"))[0]);
      return (await up(resetting)) === 0;
    });
    const failed = statuses.filter((status) => status !== 200);
    expect(failed).toEqual(Array(Math.min(failed.length, 3)).fill(502));
    resetting.resets = false;
    await until("it is back", async () => {
      expect((await ask("two"))[0]).toBe(200);
      return (await up(resetting)) === 1;
    });
  },
);

fault(
  "one of two says on its `health` path that it is not well",
  {
    client: "the other endpoint's answers, no failure",
    metrics: "`endpoint_up` 0 for it until it says that it is well",
    bound: "three bad words in a row, one each `proxy.healthInterval`",
  },
  async () => {
    ailing.well = false;
    await until("it is left out", async () => (await up(ailing)) === 0);
    for (let i = 0; i < 20; i++) expect(await ask("probed")).toEqual([200, "steady"]);
    ailing.well = true;
    await until("it is back", async () => (await up(ailing)) === 1);
    await until("it is asked again", async () => (await ask("probed"))[1] === "ailing");
  },
);

const LAST = { 'requests_total{code="502"}': 6, 'failures_total{reason="reset"}': 6, 'requests_total{code="200"}': 1 };
fault(
  "the only one of stable resets again and again",
  {
    client: "502 `upstream_reset`, and an answer as soon as there is one: the last one is never left out",
    metrics: LAST,
    bound: "at once",
  },
  async () => {
    resetting.resets = true;
    for (let i = 0; i < 6; i++) expect((await ask("last"))[0]).toBe(502);
    resetting.resets = false;
    expect(await ask("last")).toEqual([200, "resetting"]);
    await stand.counted(LAST);
  },
);

told();
