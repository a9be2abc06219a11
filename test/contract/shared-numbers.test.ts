import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { MOST_ROWS, memoryNumbers, type SharedNumbers } from "../../src/store/shared-numbers.ts";
import { redisNumbers } from "../../src/store/shared-numbers-redis.ts";
import { hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";

function row(...numbers: readonly number[]): Float64Array {
  return Float64Array.from(numbers);
}

async function exchange(board: SharedNumbers, replica: string, since = 0, own: Record<string, Float64Array> = {}) {
  const answer = await board.exchange(replica, since, Object.entries(own));
  if (answer.kind === "unavailable") throw new Error(answer.why);
  const others = answer.others.map(({ from, name, numbers }) => [from, name, ...numbers]).sort();
  return { at: answer.at, others };
}

function contract(open: () => SharedNumbers): void {
  let board: SharedNumbers;
  beforeEach(() => {
    board = open();
    onTestFinished(() => board.close());
  });

  it("shows each replica what the others have put there, exactly, and not its own", async () => {
    await exchange(board, "a", 0, { one: row(1, -0.1, 1e-300), 'two ["x"]': row(Math.PI) });
    await exchange(board, "b", 0, { one: row(2) });
    expect((await exchange(board, "b")).others).toEqual([
      ["a", "one", 1, -0.1, 1e-300],
      ["a", 'two ["x"]', Math.PI],
    ]);
    expect((await exchange(board, "a")).others).toEqual([["b", "one", 2]]);
  });

  it("shows what has changed since, and a row that is put there twice once", async () => {
    await exchange(board, "a", 0, { one: row(1), two: row(1) });
    const { at } = await exchange(board, "b");
    expect((await exchange(board, "b", at)).others).toEqual([]);
    await exchange(board, "a", 0, { one: row(2) });
    await exchange(board, "a", 0, { one: row(2) });
    expect((await exchange(board, "b", at)).others).toEqual([["a", "one", 2]]);
  });

  it("keeps those of very many rows that have changed last", async () => {
    const many = (of: string) =>
      Object.fromEntries(Array.from({ length: MOST_ROWS / 2 }, (_, i) => [`${of}${i}`, row(i)]));
    await exchange(board, "a", 0, many("first"));
    await exchange(board, "a", 0, many("second"));
    await exchange(board, "a", 0, { first0: row(7) });
    await exchange(board, "a", 0, { last: row(8) });
    const { others } = await exchange(board, "b");
    expect(others).toHaveLength(MOST_ROWS);
    const names = new Set(others.map(([, name]) => name));
    expect([names.has("first0"), names.has("first1"), names.has("second0"), names.has("last")]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
}

describe("numbers that replicas share, in memory", () => {
  contract(memoryNumbers);
});

describe.skipIf(!hasRedis)("numbers that replicas share, in Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  contract(() => {
    redis.cli(["flushall"]);
    return redisNumbers({ url: redis.url });
  });

  it("say that data were lost by standing further back", async () => {
    redis.cli(["flushall"]);
    const board = redisNumbers({ url: redis.url });
    onTestFinished(() => board.close());
    const { at } = await exchange(board, "a", 0, { one: row(1) });
    expect(at).toBeGreaterThan(0);
    redis.cli(["flushall"]);
    expect((await exchange(board, "a", at)).at).toBeLessThan(at);
  });

  it("are unavailable while Redis is", async () => {
    const board = redisNumbers({ url: "redis://127.0.0.1:1", timeoutMs: 100 });
    onTestFinished(() => board.close());
    expect(await board.exchange("a", 0, [])).toMatchObject({ kind: "unavailable" });
  });
});
