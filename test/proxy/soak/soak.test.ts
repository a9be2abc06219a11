import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { seededDice } from "../../../src/demo/dice.ts";
import { until } from "../../kit/until.ts";
import { laneTo, using } from "../lane-fixture.ts";
import { type Sightings, visit } from "./clients.ts";
import { startObedient } from "./server.ts";

/** How long it runs; longer by hand. */
const SECONDS = Number(process.env["SOAK_SECONDS"] ?? 20);
const SEED = Number(process.env["SOAK_SEED"] ?? 1);
const CLIENTS = 24;

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** Bytes that something still holds. */
function memory(): number {
  for (let i = 0; i < 3; i++) if (typeof collectGarbage === "function") collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it("keeps nothing of clients and servers that misbehave", { timeout: (SECONDS + 90) * 1000 }, async () => {
  const upstream = await using(startObedient());
  const { lane, decisions, outcomes } = await laneTo(upstream.url, {
    settings: { firstByteTimeout: 150, endpointKeepAliveTimeout: 100, maxEndpointConnections: 20, queueTimeout: 100 },
  });
  const seen: Sightings = { whole: 0, own: new Map(), broken: 0, wrong: [] };
  let id = 0;
  let told = { decisions: 0, outcomes: 0 };
  const run = async (ms: number, seed: number): Promise<void> => {
    const end = performance.now() + ms;
    const clients = Array.from({ length: CLIENTS }, async (_, i) => {
      const dice = seededDice(seed * 1000 + i).roll;
      while (performance.now() < end) await visit(lane.port, dice, () => ++id, seen);
    });
    await Promise.all(clients);
    await until("nothing is left", () => {
      const left = { clients: lane.connections.size, requests: lane.inFlight(), ...lane.pools.counts() };
      return upstream.open() === 0 && lane.wheel.size === 0 && Object.values(left).every((count) => count === 0);
    });
    await until("each outcome is told", () => decisions.length === outcomes.length);
    told = { decisions: told.decisions + decisions.length, outcomes: told.outcomes + outcomes.length };
    decisions.length = 0;
    outcomes.length = 0;
  };
  const handles = (): number =>
    process.getActiveResourcesInfo().filter((kind) => /TCPSocket|Timeout/.test(kind)).length;

  await run(SECONDS * 250, SEED);
  const [memoryBefore, handlesBefore] = [memory(), handles()];
  await run(SECONDS * 750, SEED + 1);
  await until("no socket or timer is left", () => handles() <= handlesBefore);
  const grown = memory() - memoryBefore;
  const figures = {
    requests: id,
    ...told,
    whole: seen.whole,
    broken: seen.broken,
    own: Object.fromEntries(seen.own),
    grown,
  };
  console.log(`soak of ${SECONDS} s, seed ${SEED}: ${JSON.stringify(figures)}`);
  expect(seen.wrong).toEqual([]);
  expect(seen.whole).toBeGreaterThan(100);
  expect(grown).toBeLessThan(3 * 1024 * 1024);
});
