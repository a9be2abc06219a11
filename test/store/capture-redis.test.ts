import { describe, expect, it, onTestFinished } from "vitest";
import { redisCapture } from "../../src/store/capture-redis.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";

const DAY = 24 * 3600 * 1000;

describe.skipIf(!hasRedis)("captured requests in Redis", () => {
  async function stage(length = 1_000) {
    const server = await startRedis();
    onTestFinished(() => server.remove());
    const clock = { now: Date.now() };
    const store = redisCapture({ url: server.url, prefix: "t" }, length, 2, () => clock.now);
    onTestFinished(() => store.close());
    const count = () => Number(server.cli(["XLEN", "{t}:capture"]));
    return { server, clock, store, count };
  }

  it("are a stream of records", async () => {
    const { server, store } = await stage();
    await store.write(['{"n":1}', '{"n":2}']);
    expect(server.cli(["XRANGE", "{t}:capture", "-", "+"])).toMatch(/record\n\{"n":1\}\n.*\nrecord\n\{"n":2\}/);
  });

  it("are so many at the most, and none that is over its time", async () => {
    const { store, count, clock } = await stage(500);
    const lines = Array.from({ length: 1_000 }, (_, n) => `{"n":${n}}`);
    await store.write(lines);
    await store.write(lines);
    expect(count()).toBeGreaterThanOrEqual(500);
    expect(count()).toBeLessThan(700);
    clock.now += 3 * DAY;
    await store.write(['{"n":"new"}']);
    expect(count()).toBeLessThan(150);
  });

  it("are refused with the reason while Redis is gone, and taken when it is back", async () => {
    const { server, store, count } = await stage();
    await server.kill();
    await expect(store.write(["{}"])).rejects.toThrow(/cannot be reached/);
    await server.start();
    await expect
      .poll(
        () =>
          store.write(["{}"]).then(
            () => "kept",
            () => "lost",
          ),
        { timeout: 20_000 },
      )
      .toBe("kept");
    expect(count()).toBe(1);
  });
});
