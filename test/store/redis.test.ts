import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readRules } from "../../src/rules/read-rules.ts";
import { followRules, type LiveRules } from "../../src/store/live-rules.ts";
import type { RulesStore } from "../../src/store/port.ts";
import { type RedisStoreOptions, redisStore } from "../../src/store/redis.ts";
import { certificatePath } from "../kit/certificates.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { freePort, hasRedis, type RedisServer, startRedis } from "../kit/redis-server.ts";
import { until } from "../kit/until.ts";

const RULES = "{canary}:rules";
const rules = (share: number): string => `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: "1", endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: "2", endpoints: ["http://127.0.0.1:2"] }
    rules: [{ name: everyone, candidate: ${share}% }]
`;
const edit = (text: string, expected: number | "any" = "any") => ({ text, expected, author: "ann", message: "why" });

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
function open(options: RedisStoreOptions): ReturnType<typeof redisStore> {
  const store = redisStore(options);
  opened.push(store);
  return store;
}
async function follow(store: RulesStore, pollMs = 1000): Promise<LiveRules> {
  const live = followRules({ store, read: readRules, log: memoryLog(), pollMs });
  opened.push({ close: () => live.stop() });
  await live.started;
  return live;
}
const recovered = (store: RulesStore) =>
  until("Redis is reached again", async () => (await store.read()).kind !== "unavailable");

describe.skipIf(!hasRedis)("a replica with rules in Redis", () => {
  let redis: RedisServer;
  let store: ReturnType<typeof redisStore>;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());
  beforeEach(() => {
    redis.cli(["flushall"]);
    store = open({ url: redis.url });
  });

  it("takes what redis-cli sets within the poll interval, and gives it a revision by the author redis", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store);
    const began = performance.now();
    redis.cli(["-x", "set", RULES], rules(10));
    await until("it is in force", () => live.current()?.text === rules(10));
    expect(performance.now() - began).toBeLessThan(1300);
    expect(live.current()?.revision).toBe(2);
    expect(redis.cli(["get", "{canary}:revision"])).toBe("2");
    expect(redis.cli(["xrevrange", "{canary}:history", "+", "-", "COUNT", "1"])).toContain("author\nredis");
  });

  it("keeps the last good rules when redis-cli sets nonsense, which gets no revision", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store, 50);
    redis.cli(["-x", "set", RULES], "routes: 7\n");
    await until("it is refused", () => live.refused() !== undefined);
    expect(live.current()).toMatchObject({ revision: 1, text: rules(5) });
    expect(await store.read()).toMatchObject({ revision: 1, foreign: true });
    expect(redis.cli(["xlen", "{canary}:history"])).toBe("1");
  });

  it("has another replica's edit by message, without a poll", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store, 3_600_000);
    await until("it listens", () => redis.cli(["pubsub", "numsub", "{canary}:changes"]).endsWith("1"));
    await until("the reads at the connection are over", () => live.ageMs() > 100);
    const writer = open({ url: redis.url });
    expect(await writer.write(edit(rules(10), 1))).toEqual({ kind: "written", revision: 2 });
    await until("it is in force", () => live.current()?.revision === 2, 500);
  });

  it("converges within the poll interval when the message is lost", async () => {
    await store.write(edit(rules(5)));
    const writer = open({ url: redis.url });
    await writer.read();
    // A store that never connects its listener: all messages are lost.
    const live = await follow({ ...store, watch: () => undefined });
    const began = performance.now();
    await writer.write(edit(rules(10)));
    await until("it is in force", () => live.current()?.revision === 2);
    expect(performance.now() - began).toBeLessThan(1300);
  });

  it("listens again, and catches up, when its listening connection is killed", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store, 3_600_000);
    await until("it listens", () => redis.cli(["pubsub", "numsub", "{canary}:changes"]).endsWith("1"));
    expect(redis.cli(["client", "kill", "type", "pubsub"])).toBe("1");
    await open({ url: redis.url }).write(edit(rules(10)));
    await until("it is in force", () => live.current()?.revision === 2, 2000);
  });

  it("keeps the last good rules through a crash of Redis, refuses edits meanwhile, and goes on after it", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store, 50);
    await redis.kill();
    await until("it notices", () => !live.storeState().up);
    const began = performance.now();
    const refused = await live.edit(edit(rules(6)));
    expect(performance.now() - began).toBeLessThan(500); // at once: there is nothing to wait for
    expect(refused).toEqual({
      kind: "unavailable",
      why: expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ cannot be reached/),
    });
    expect(live.current()).toMatchObject({ revision: 1, text: rules(5) });
    await redis.start();
    await until("it notices", () => live.storeState().up, 3000);
    expect(await live.edit(edit(rules(6), 1))).toEqual({ kind: "written", revision: 2 });
  });

  it("waits no longer than its timeout for a Redis that hangs, and finds it again", async () => {
    await store.write(edit(rules(5)));
    const live = await follow(store, 50);
    redis.pause();
    const began = performance.now();
    expect(await store.read()).toMatchObject({ kind: "unavailable" });
    expect(performance.now() - began).toBeLessThan(1500);
    redis.resume();
    await recovered(store);
    await until("it listens again", () => redis.cli(["pubsub", "numsub", "{canary}:changes"]).endsWith("1"));
    await open({ url: redis.url }).write(edit(rules(10)));
    await until("it is in force", () => live.current()?.revision === 2);
  });

  it("gives up connections whose other end has gone without a word, the listening one too", async () => {
    await store.write(edit(rules(5)));
    const network = await breakableNetwork(redis.port);
    const remote = open({ url: `redis://127.0.0.1:${network.port}`, timeoutMs: 200 });
    const live = await follow(remote, 50);
    await until("it listens", () => network.connections() === 2);
    network.silence();
    await until("it notices", () => !live.storeState().up);
    await until("it has two connections again", () => network.connections() === 2);
    await until("it notices", () => live.storeState().up);
  });

  it("does not write twice, nor after it has said that it could not", async () => {
    await store.write(edit("one"));
    redis.pause();
    const results = await Promise.all([store.write(edit("two")), store.write(edit("three"))]);
    expect(results.map(({ kind }) => kind)).toEqual(["unavailable", "unavailable"]);
    redis.resume();
    await recovered(store);
    // What was on its way when the answer stayed out may have been written; nothing is sent again.
    expect(Number(redis.cli(["xlen", "{canary}:history"]))).toBeLessThanOrEqual(3);
  });

  it.each([
    ["rules", ["rpush", RULES, "x"], /WRONGTYPE \{canary}:rules is a list where a string belongs/],
    ["a revision", ["set", "{canary}:revision", "many"], /\{canary}:revision is not a number/],
    ["a revision of another type", ["hset", "{canary}:revision", "a", "b"], /WRONGTYPE \{canary}:revision is a hash/],
  ])("says what is wrong with garbage for %s", async (_, command, why) => {
    redis.cli(command);
    expect(await store.read()).toEqual({ kind: "unavailable", why: expect.stringMatching(why) });
    expect(await store.write(edit("one", 0))).toMatchObject({ kind: "unavailable" });
  });

  it("refuses text that is not UTF-8, and text that is absurdly large", async () => {
    redis.cli(["eval", "return redis.call('set', KEYS[1], '\\255\\254')", "1", RULES]);
    expect(await store.read()).toEqual({ kind: "unavailable", why: expect.stringContaining("UTF-8") });
    redis.cli(["setrange", RULES, `${17 * 1024 * 1024}`, "x"]);
    expect(await store.read()).toEqual({ kind: "unavailable", why: expect.stringContaining("larger than 16777216") });
  });

  it("writes nothing at all when the history is garbage", async () => {
    await store.write(edit("one"));
    redis.cli(["set", "{canary}:history", "garbage"]);
    expect(await store.write(edit("two"))).toEqual({ kind: "unavailable", why: expect.stringContaining(":history") });
    expect(await store.read()).toMatchObject({ kind: "rules", text: "one", revision: 1, foreign: false });
  });

  it("takes rules for foreign whose digest is garbage, and mends it by adopting them", async () => {
    await store.write(edit("one"));
    redis.cli(["del", "{canary}:digest"]);
    redis.cli(["sadd", "{canary}:digest", "garbage"]);
    expect(await store.read()).toMatchObject({ text: "one", revision: 1, foreign: true });
    expect(await store.adopt("one")).toEqual({ kind: "written", revision: 2 });
    expect(await store.read()).toMatchObject({ revision: 2, foreign: false });
  });

  it("writes nothing at all when Redis has no memory left", async () => {
    await store.write(edit("one"));
    redis.cli(["config", "set", "maxmemory", "1"]);
    const result = await store.write(edit("two"));
    redis.cli(["config", "set", "maxmemory", "0"]);
    expect(result).toEqual({ kind: "unavailable", why: expect.stringContaining("OOM") });
    expect(await store.read()).toMatchObject({ kind: "rules", text: "one", revision: 1, foreign: false });
  });

  it("reads from a server that has become a read-only replica, and says that it cannot write", async () => {
    await store.write(edit("one"));
    redis.cli(["replicaof", "127.0.0.1", "1"]);
    try {
      expect(await store.read()).toMatchObject({ text: "one" });
      expect(await store.write(edit("two"))).toEqual({
        kind: "unavailable",
        why: expect.stringMatching(/answers: READONLY/),
      });
    } finally {
      redis.cli(["replicaof", "no", "one"]);
    }
    await recovered(store);
    expect(await store.write(edit("two", 1))).toEqual({ kind: "written", revision: 2 });
  });

  it("keeps who, when and why of each edit, and no more edits than it may", async () => {
    const short = open({ url: redis.url, historyLength: 2 });
    const before = Date.now();
    for (const text of ["one", "two", "three"]) await short.write(edit(text));
    const entries = redis.cli(["xrange", "{canary}:history", "-", "+"]).split("\n");
    const field = (name: string) => entries.filter((_, i) => entries[i - 1] === name);
    expect(field("revision")).toEqual(["2", "3"]);
    expect(field("author")).toEqual(["ann", "ann"]);
    expect(field("message")).toEqual(["why", "why"]);
    expect(field("text")).toEqual(["two", "three"]);
    for (const at of field("at")) {
      expect(Number(at)).toBeGreaterThanOrEqual(before - 1000);
      expect(Number(at)).toBeLessThanOrEqual(Date.now() + 1000);
    }
  });

  it("says how long ago its rules were accepted, by the clock of Redis", async () => {
    await store.write(edit("one"));
    const young = await store.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const older = await store.read();
    const age = (found: typeof young) => (found.kind === "rules" ? (found.age ?? -1) : -1);
    expect(age(young)).toBeGreaterThanOrEqual(0);
    expect(age(older) - age(young)).toBeGreaterThanOrEqual(49);
    redis.cli(["del", "{canary}:edited"]);
    expect(await store.read()).toMatchObject({ text: "one", age: undefined });
  });

  it("forgets replicas that have ended without a word", async () => {
    const own = { address: "host:8081", revision: 0, cutEpoch: 0, lag: 0, build: "1.0.0" };
    for (const id of ["b", "a", "c"]) await store.beat({ ...own, id });
    expect(await store.replicas()).toMatchObject({ replicas: [{ id: "a" }, { id: "b" }, { id: "c" }] });
    expect(Number(redis.cli(["pttl", "{canary}:replicas:b"]))).toBeGreaterThan(3_500_000);
    redis.cli(["pexpire", "{canary}:replicas:b", "1"]);
    redis.cli(["set", "{canary}:replicas:c", "1 garbage"]);
    await until("it has expired", async () => {
      const found = await store.replicas();
      return found.kind === "replicas" && found.replicas.map(({ id }) => id).join() === "a";
    });
    expect(redis.cli(["smembers", "{canary}:replicas"]).split("\n").sort()).toEqual(["a", "c"]);
  });

  it("tells how long another replica's edit took to be in force", async () => {
    await store.write(edit(rules(5)));
    const lags: (number | undefined)[] = [];
    const onApplied = (_: number, __: unknown, lag: number | undefined) => lags.push(lag);
    const live = followRules({ store, read: readRules, log: memoryLog(), onApplied });
    opened.push({ close: () => live.stop() });
    await live.started;
    await live.edit(edit(rules(6)));
    await open({ url: redis.url }).write(edit(rules(7)));
    await until("it is in force", () => live.current()?.revision === 3);
    // The rules that were there before, and one's own, have not been waited for.
    expect(lags).toEqual([undefined, undefined, expect.any(Number)]);
    expect(lags[2]).toBeGreaterThan(0);
    expect(lags[2]).toBeLessThan(1500);
  });

  it("finds edits again that an older router has written, or whose list is lost, with their texts", async () => {
    const store = open({ url: redis.url });
    await store.write({ ...edit("one"), approver: "bob" });
    await store.write(edit("two", 1));
    const told = await store.history(10);
    expect(told).toMatchObject({ entries: [{ revision: 2 }, { revision: 1, approver: "bob" }] });
    redis.cli(["del", "{canary}:edits"]);
    expect(await store.history(10)).toEqual(told);
    redis.cli(["set", "{canary}:edits", "of another type"]);
    expect(await store.write(edit("three", 2))).toMatchObject({ kind: "written" });
    redis.cli(["del", "{canary}:edits"]);
    // As a router writes that knows of no list.
    const old = ["revision", "4", "author", "ann", "at", "4000", "message", "", "text", "four"];
    redis.cli(["xadd", "{canary}:history", "*", ...old]);
    redis.cli(["set", "{canary}:revision", "4"]);
    expect(await store.history(10)).toMatchObject({ entries: { length: 4 } });
    expect(await store.past(4)).toMatchObject({ kind: "past", entry: { author: "ann", at: 4_000 }, text: "four" });
    expect(await store.past(1)).toMatchObject({ kind: "past", entry: { approver: "bob" }, text: "one" });
    expect(await store.past(9)).toEqual({ kind: "unknown" });
  });

  it("keeps to its prefix", async () => {
    const other = open({ url: redis.url, prefix: "team-b" });
    await other.write(edit("theirs"));
    expect(await store.read()).toEqual({ kind: "empty" });
    expect(redis.cli(["keys", "*"]).split("\n").sort()).toEqual(
      ["digest", "edited", "edits", "history", "revision", "rules"].map((name) => `{team-b}:${name}`),
    );
  });
});

/** A way to `port` whose connections can all fall silent at once, without being closed. New ones work. */
async function breakableNetwork(port: number) {
  let working: Socket[] = [];
  const silent: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => undefined);
      from.on("data", (data) => void (silent.includes(near) || to.write(data)));
      from.on("close", () => to.destroy());
    }
    near.on("close", () => {
      working = working.filter((one) => one !== near);
    });
    working.push(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({ close: () => server.close() });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    connections: () => working.length,
    silence: () => silent.push(...working.splice(0)),
  };
}

describe.skipIf(!hasRedis)("a Redis with a password", () => {
  const PASSWORD = "hunter2-secret";
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis("--requirepass", PASSWORD);
  });
  afterAll(() => redis.remove());

  it("is used with the right one", async () => {
    const store = open({ url: `redis://:${PASSWORD}@127.0.0.1:${redis.port}` });
    expect(await store.read()).toEqual({ kind: "empty" });
  });

  it("is unavailable with a wrong one or none, and the reason has no password in it", async () => {
    for (const login of [":wrong-secret@", "somebody:wrong-secret@", ""]) {
      const store = open({ url: `redis://${login}127.0.0.1:${redis.port}` });
      store.watch(() => undefined);
      const found = await store.read();
      expect(found).toEqual({ kind: "unavailable", why: expect.stringMatching(/WRONGPASS|NOAUTH/) });
      expect(JSON.stringify(found)).not.toContain("wrong-secret");
    }
  });
});

describe.skipIf(!hasRedis)("a Redis that lets in users by name", () => {
  it("needs to allow no more than docs/operating.md says", async () => {
    const redis = await startRedis();
    opened.push({ close: () => redis.remove() });
    const docs = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8");
    const [, told = ""] = /The user needs ([\s\S]*?)\n\(with a cluster/.exec(docs) ?? [];
    const rights = [...told.matchAll(/`([^`]+)`/g)].flatMap(([, words = ""]) => words.split(" "));
    redis.cli(["acl", "setuser", "ann", "reset", "on", ">s3cret pass", ...rights]);
    const store = open({ url: redis.url, user: "ann", password: "s3cret pass" });
    const live = await follow(store, 3_600_000);
    await until("it listens", () => redis.cli(["pubsub", "numsub", "{canary}:changes"]).endsWith("1"));
    expect(await live.edit(edit(rules(5)))).toMatchObject({ kind: "written" });
    expect(await store.beat({ id: "a", address: "", revision: 1, cutEpoch: 0, lag: 0, build: "" })).toBe(true);
    expect(await store.history(1)).toMatchObject({ entries: [{ revision: 1 }] });
    expect(await store.replicas()).toMatchObject({ replicas: [{ id: "a" }] });
    const other = open({ url: redis.url, user: "ann", password: "wrong-pass" });
    const refused = await other.read();
    expect(refused).toMatchObject({ kind: "unavailable", why: expect.stringContaining("WRONGPASS") });
  });
});

describe.skipIf(!hasRedis)("a Redis that speaks TLS", () => {
  it("is trusted when the authority that it was given is", async () => {
    const port = `${await freePort()}`;
    const files = ["--tls-cert-file", certificatePath("server.crt"), "--tls-key-file", certificatePath("server.key")];
    const redis = await startRedis(
      "--tls-port",
      port,
      ...files,
      "--tls-ca-cert-file",
      certificatePath("ca.crt"),
      "--tls-auth-clients",
      "no",
    );
    opened.push({ close: () => redis.remove() });
    const url = `rediss://localhost:${port}`;
    const trusting = open({ url, ca: readFileSync(certificatePath("ca.crt"), "utf8") });
    expect(await trusting.write(edit("one", 0))).toEqual({ kind: "written", revision: 1 });
    expect(await open({ url }).read()).toMatchObject({
      kind: "unavailable",
      why: expect.stringMatching(/certificate/),
    });
  });
});

describe("a Redis that is none", () => {
  async function listen(answer: string): Promise<number> {
    const server: Server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write(answer));
      opened.push({ close: () => socket.destroy() });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push({ close: () => server.close() });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  it.each([
    ["quotes the password back", "-ERR unknown command `AUTH`, with args beginning with: `top-secret` \r\n"],
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["says nothing", ""],
    ["never ends loading its data", "$9\r\nloading:1\r\n".repeat(4)],
    ["answers with something else", "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n"],
  ])("is unavailable when it %s", async (_, answer) => {
    const store = open({ url: `redis://:top-secret@127.0.0.1:${await listen(answer)}`, timeoutMs: 200 });
    store.watch(() => undefined);
    for (let i = 0; i < 3; i++) {
      const found = await store.read();
      expect(found.kind).toBe("unavailable");
      expect(JSON.stringify(found)).not.toContain("top-secret");
    }
  });

  it("is unavailable at once when nobody listens there", async () => {
    const store = open({ url: "redis://127.0.0.1:1" });
    const began = performance.now();
    expect(await store.read()).toEqual({
      kind: "unavailable",
      why: "Redis at 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1",
    });
    expect(performance.now() - began).toBeLessThan(500);
    expect(await store.write(edit("one"))).toMatchObject({ kind: "unavailable" });
    expect(await store.adopt("one")).toMatchObject({ kind: "unavailable" });
  });
});
