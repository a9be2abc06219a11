import { expect, it, onTestFinished } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { loadOf } from "../kit/process-load.ts";
import { until } from "../kit/until.ts";
import { type Sightings, visit } from "../proxy/soak/clients.ts";
import { startObedient } from "../proxy/soak/server.ts";
import { startStand } from "./faults/stand.ts";

/** `SOAK_MINUTES=10 npx vitest run test/e2e/soak.test.ts` is for the record. */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 1 / 6);
const SEED = Number(process.env["SOAK_SEED"] ?? 1);
const CLIENTS = 24;
const SAMPLES = 200;
const MIB = 1024 * 1024;
/** What resident memory stays under: V8 collects when it likes, so that what is resident says little of what is held. */
const MOST_RESIDENT = 320 * MIB;
/** By how much what is held, after the collections of a quarter, may be more in the last one than in the second. */
const MOST_HELD_MORE = MINUTES >= 5 ? 8 * MIB : 32 * MIB;

const CLOCKS = {
  PROXY_FIRST_BYTE_TIMEOUT: "150ms",
  PROXY_QUEUE_TIMEOUT: "100ms",
  PROXY_MAX_ENDPOINT_CONNECTIONS: "20",
};

const onLinux = it.skipIf(process.platform !== "linux");

onLinux(
  "serves on, and keeps nothing, whatever its clients, servers and operators do",
  async () => {
    const upstream = await startObedient();
    onTestFinished(() => upstream.close());
    const rules = (share: number): string => `version: 1
routes:
  - name: soak
    match: [{ path: /* }]
    autoCut: off
    stable: { version: v1, endpoints: ["${upstream.url}"] }
    candidate: { version: v2, endpoints: ["${upstream.url}"] }
    rules: [{ name: everyone, candidate: ${share}% }]
`;
    const stand = await startStand(rules(50), CLOCKS);
    onTestFinished(() => stand.router.kill());
    const end = performance.now() + MINUTES * 60_000;
    const going = () => performance.now() < end;
    const seen: Sightings = { whole: 0, own: new Map(), broken: 0, wrong: [] };
    let [id, edits, cuts] = [0, 0, 0];

    const client = async (_: unknown, i: number): Promise<void> => {
      const dice = seededDice(SEED * 1000 + i).roll;
      while (going()) await visit(stand.port, dice, () => ++id, seen);
    };
    const operator = async (): Promise<void> => {
      while (going()) {
        expect((await stand.ask("/api/rules", "PUT", rules((edits * 7) % 100))).status).toBe(200);
        edits++;
        const how = JSON.stringify({ why: "a soak", inFlight: edits % 2 === 0 ? "abort" : "finish" });
        expect((await stand.ask("/api/routes/soak/cut", "POST", how)).status).toBe(200);
        cuts++;
        await pass(100);
        expect((await stand.ask("/api/routes/soak/restore", "POST", '{"why":"a soak"}')).status).toBe(200);
        await pass(400);
      }
    };
    const resident: number[] = [];
    const held: number[] = [];
    const watcher = async (): Promise<void> => {
      while (going()) {
        await pass((MINUTES * 60_000) / SAMPLES);
        resident.push(loadOf(stand.router.pid).memory);
        const series = await stand.series();
        const [heap = 0, external = 0] = ["heap_size_used", "external_memory"].map((name) =>
          series.get(`nodejs_${name}_bytes`),
        );
        held.push(heap + external);
      }
    };
    await Promise.all([...Array.from({ length: CLIENTS }, client), operator(), watcher()]);
    await stand.settled();
    await until("no connection to the server is left", () => upstream.open() === 0);

    const quarter = Math.floor(held.length / 4);
    const floors = [0, 1, 2, 3].map((i) => Math.min(...held.slice(i * quarter, (i + 1) * quarter)));
    const [, early = 0, , late = 0] = floors;
    const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
    const some = resident.filter((_, i) => i % Math.ceil(resident.length / 20) === 0);
    const told = {
      requests: id,
      whole: seen.whole,
      broken: seen.broken,
      own: Object.fromEntries(seen.own),
      edits,
      cuts,
    };
    console.log(
      `soak of ${MINUTES} min, seed ${SEED}: ${JSON.stringify(told)}; MiB held after collections, in each quarter: ` +
        `${floors.map(mib).join(", ")}; resident, at intervals: ${some.map(mib).join(" ")}`,
    );
    expect(seen.wrong).toEqual([]);
    expect(seen.whole).toBeGreaterThan(100);
    expect(late).toBeLessThan(early + MOST_HELD_MORE);
    expect(Math.max(...resident)).toBeLessThan(MOST_RESIDENT);
    await stand.end(MOST_RESIDENT);
  },
  MINUTES * 60_000 + 120_000,
);

async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
