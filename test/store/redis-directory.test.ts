import { connect, createServer, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Directory } from "../../src/store/directory.ts";
import { redisDirectory } from "../../src/store/redis-directory.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { until } from "../kit/until.ts";

describe.skipIf(!hasRedis)("a directory in Redis", () => {
  let redis: RedisServer;
  const opened: Directory[] = [];
  const open = (url = redis.url, timeoutMs = 300): Directory => {
    const directory = redisDirectory({ url, timeoutMs });
    opened.push(directory);
    return directory;
  };
  beforeAll(async () => {
    redis = await startRedis();
    redis.cli(["hset", "{canary}:customers", "acme", "premium"]);
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
  });
  afterAll(() => redis.remove());
  const premium = { kind: "found", values: ["premium"] };

  it("connects only when somebody asks", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      const upstream = connect(redis.port, "127.0.0.1");
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const directory = open(`redis://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, 2000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sockets).toHaveLength(0);
    expect(await directory.types(["acme"])).toEqual(premium);
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("is unavailable within the time limit when Redis does not answer, and answers again afterwards", async () => {
    const directory = open();
    expect(await directory.types(["acme"])).toEqual(premium);
    redis.pause();
    try {
      const began = performance.now();
      expect(await directory.types(["acme"])).toMatchObject({ kind: "unavailable" });
      expect(performance.now() - began).toBeLessThan(1500);
    } finally {
      redis.resume();
    }
    await until("it answers", async () => (await directory.types(["acme"])).kind === "found");
  });

  it("says without the password why it is unavailable", async () => {
    const answer = await open("redis://user:s3cret@127.0.0.1:1").owners(["0".repeat(64)]);
    expect(answer).toMatchObject({ kind: "unavailable", why: expect.stringContaining("127.0.0.1:1") });
    expect(JSON.stringify(answer)).not.toContain("s3cret");
  });

  it("is unavailable when its name holds something else", async () => {
    redis.cli(["set", "{canary}:apikeys", "text"]);
    const answer = await open().owners(["0".repeat(64)]);
    redis.cli(["del", "{canary}:apikeys"]);
    expect(answer).toMatchObject({ kind: "unavailable", why: expect.stringContaining("WRONGTYPE") });
  });
});
