import { describe, expect, it, onTestFinished } from "vitest";
import { readRedisUrl } from "../../src/config/redis-url.ts";
import { connectRedis } from "../../src/store/redis-connection.ts";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import { startSentinelStandIn } from "../kit/sentinel-stand-in.ts";
import { until } from "../kit/until.ts";

describe.skipIf(!hasRedis)("a connection to Redis", () => {
  it("comes back when a sentinel tells of a new master while it is being asked for one", async () => {
    const [old, next] = await Promise.all([startRedis(), startRedis()]);
    const sentinel = await startSentinelStandIn(old.port);
    const place = readRedisUrl(`redis+sentinel://127.0.0.1:${sentinel.port}/main`);
    if (place === undefined) throw new Error("the URL is not understood");
    const redis = connectRedis(place, {}, 500);
    onTestFinished(async () => {
      redis.close();
      await Promise.all([old.remove(), next.remove(), sentinel.close()]);
    });
    const heard: (string | undefined)[] = [];
    redis.subscribe("news", (message) => heard.push(message));
    const answers = (): Promise<boolean> =>
      redis.run("return 1", [], []).then(
        () => true,
        () => false,
      );
    await until("it is connected", answers);
    await until("it listens", () => old.cli(["publish", "news", "first"]) === "1");

    sentinel.sayMovedWhileAsked();
    await old.kill();
    sentinel.master = next.port;
    await until("it is connected to the new master", answers, 5000);
    await until("it listens there", () => next.cli(["publish", "news", "second"]) === "1", 5000);
    await until("it has heard", () => heard.includes("second"));
    expect(heard).toContain("first");
  });
});
