import { describe, expect, it, vi } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { startModelServer } from "../../src/demo/model-server.ts";
import { population, type Visit, visits } from "../../src/demo/population.ts";
import { startTraffic } from "../../src/demo/traffic.ts";

function firstVisits(count: number, seed = 1): Visit[] {
  const dice = seededDice(seed);
  const row = visits(population(300, dice), dice);
  return Array.from({ length: count }, () => row.next().value);
}

describe("the demo's population", () => {
  it("has all three types, most of them standard", () => {
    const types = population(300, seededDice(1)).map(({ type }) => type);
    const count = (type: string) => types.filter((found) => found === type).length;
    expect(count("standard")).toBeGreaterThan(count("premium"));
    expect(count("premium")).toBeGreaterThan(count("internal"));
    expect(count("internal")).toBeGreaterThan(0);
  });

  it("comes the same way for the same seed, and another way for another", () => {
    expect(firstVisits(50)).toEqual(firstVisits(50));
    expect(firstVisits(50)).not.toEqual(firstVisits(50, 2));
  });

  it("asks for plain answers, streams and embeddings, and stays in sessions", () => {
    const row = firstVisits(2000);
    const kinds = row.map(({ path, body }) =>
      path === "/v1/embeddings" ? path : "stream" in body ? "stream" : "plain",
    );
    expect(new Set(kinds)).toEqual(new Set(["/v1/embeddings", "stream", "plain"]));
    const sessions = new Set(row.map(({ session }) => session)).size;
    expect(sessions).toBeLessThan(row.length / 2);
    expect(sessions).toBeGreaterThan(300);
  });
});

describe("the demo's dice", () => {
  it("keeps half of the waiting times under the median and strays upward", () => {
    const dice = seededDice(3);
    const times = Array.from({ length: 4000 }, () => dice.around(100)).sort((a, b) => a - b);
    expect(times[2000]).toBeGreaterThan(95);
    expect(times[2000]).toBeLessThan(105);
    expect(times[3960]).toBeGreaterThan(200);
    expect(times[0]).toBeGreaterThan(0);
  });
});

describe("the demo's traffic", () => {
  it("sends, counts, and stops at once", async () => {
    const server = await startModelServer({ version: "v1", dice: seededDice(1), firstToken: 1, perToken: 0 });
    const traffic = startTraffic({ url: server.url, customers: 20, perSecond: 300, dice: seededDice(1) });
    await vi.waitFor(() => expect(traffic.counts().ok).toBeGreaterThan(30), { timeout: 5000 });
    expect(traffic.counts().failed).toBe(0);
    const before = traffic.counts();
    traffic.stop();
    await server.stop();
    expect(traffic.counts()).toEqual(before);
  });

  it("never has more than a bounded number of requests in flight", async () => {
    const server = await startModelServer({ version: "v1", dice: seededDice(1), firstToken: 60_000, perToken: 0 });
    const traffic = startTraffic({ url: server.url, customers: 20, perSecond: 2000, dice: seededDice(1) });
    await vi.waitFor(() => expect(traffic.counts().skipped).toBeGreaterThan(5), { timeout: 5000 });
    expect(traffic.counts().ok).toBe(0);
    traffic.stop();
    await server.stop();
  });

  it("counts what fails", async () => {
    const server = await startModelServer({ version: "v1", dice: seededDice(1), firstToken: 1, perToken: 0 });
    await server.stop();
    const traffic = startTraffic({ url: server.url, customers: 20, perSecond: 300, dice: seededDice(1) });
    await vi.waitFor(() => expect(traffic.counts().failed).toBeGreaterThan(5), { timeout: 5000 });
    traffic.stop();
  });
});
