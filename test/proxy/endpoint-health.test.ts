import { describe, expect, it } from "vitest";
import { laneClock } from "../kit/lane-clock.ts";
import { startEcho, startRaw } from "../kit/upstream.ts";
import { type Fixture, laneTo, using } from "./lane-fixture.ts";

/** The statuses of so many answers, asked one after the other. */
async function statusesOf({ url }: Fixture, requests: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < requests; i++) {
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "{}" });
    await answer.text();
    statuses.push(answer.status);
  }
  return statuses;
}

/** Where nobody listens any more. */
async function deadUrl(): Promise<string> {
  const gone = await startEcho();
  await gone.close();
  return gone.url;
}

/** Resets every connection while it is told to, and counts the requests that it has reset. */
async function startMoody() {
  const moody = { resets: true, asked: 0 };
  const upstream = await using(
    startRaw((socket) =>
      socket.on("data", () => {
        moody.asked++;
        if (moody.resets) socket.resetAndDestroy();
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      }),
    ),
  );
  return Object.assign(moody, { url: upstream.url });
}

describe("a version with several endpoints", () => {
  it("answers every request while one of them takes no connections", async () => {
    const well = await using(startEcho());
    const fixture = await laneTo([await deadUrl(), well.url, await deadUrl()]);
    expect(new Set(await statusesOf(fixture, 40))).toEqual(new Set([200]));
    expect(fixture.outcomes.every(({ outcome }) => outcome.failure === undefined)).toBe(true);
  });

  it("leaves out the one that resets its connections, and takes it back when it answers again", async () => {
    const [well, moody] = [await using(startEcho()), await startMoody()];
    const clock = laneClock();
    const fixture = await laneTo([well.url, moody.url], { surroundings: { clock } });
    await statusesOf(fixture, 40);
    expect(moody.asked).toBe(3);
    expect(fixture.lane.leftOut({ version: "v1", endpoints: [well.url, moody.url] })).toEqual([moody.url]);

    clock.pass(1_000);
    await statusesOf(fixture, 20);
    expect(moody.asked).toBe(4);

    moody.resets = false;
    clock.pass(2_000);
    expect(new Set(await statusesOf(fixture, 40))).toEqual(new Set([200]));
    expect(moody.asked).toBeGreaterThan(10);
    expect(fixture.lane.leftOut({ version: "v1", endpoints: [well.url, moody.url] })).toEqual([]);
  });
});

describe("the last endpoint of a version", () => {
  it("is asked whatever it has done, and answers as soon as it can", async () => {
    const moody = await startMoody();
    const fixture = await laneTo(moody.url, { surroundings: { clock: laneClock() } });
    expect(await statusesOf(fixture, 10)).toEqual(Array(10).fill(502));
    expect(moody.asked).toBe(10);
    moody.resets = false;
    expect(await statusesOf(fixture, 3)).toEqual([200, 200, 200]);
  });

  it("is one of all of them, when all are left out", async () => {
    const [one, other] = [await startMoody(), await startMoody()];
    const fixture = await laneTo([one.url, other.url], { surroundings: { clock: laneClock() } });
    await statusesOf(fixture, 20);
    expect(one.asked + other.asked).toBe(20);
    one.resets = false;
    const later = await statusesOf(fixture, 40);
    expect(later.slice(-20)).toEqual(Array(20).fill(200));
  });
});
