import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { rulesText, startRouter, temporaryFile } from "./stage.ts";

const Record = z.looseObject({ kind: z.string(), requestId: z.string() });

async function rules(capture: string): Promise<string> {
  const model = await startHttp((request, response) => {
    request.resume();
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end('{"choices":[{"message":{"content":"mail bob@example.com"}}]}');
    });
  });
  onTestFinished(() => model.close());
  const text = rulesText({ stable: model.url, candidate: model.url }, "0%");
  return temporaryFile("rules.yaml", `${text}    capture: ${capture}\n`);
}

async function ask(router: RouterProcess): Promise<string> {
  const response = await fetch(`${router.proxyUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model":"m","messages":[{"role":"user","content":"call +49 30 1234567"}]}',
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get("x-request-id") ?? "";
}

async function say(router: RouterProcess, requestId: string, good: boolean) {
  const body = JSON.stringify({ requestId, good });
  const headers = { "content-type": "application/json" };
  return (await fetch(`${router.adminUrl}/api/feedback`, { method: "POST", headers, body })).json();
}

async function captured(router: RouterProcess): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${router.adminUrl}/metrics`)).text();
  const found = text.matchAll(/^canary_router_capture_(up|records_total)(?:\{result="(\w+)"\})? (\d+)$/gm);
  return Object.fromEntries([...found].map(([, name = "", result = name, value]) => [result, Number(value)]));
}

function recordsIn(folder: string) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gz"));
  const lines = files.flatMap((name) =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString()
      .trim()
      .split("\n"),
  );
  return lines.map((line) => Record.parse(JSON.parse(line)));
}

it("keeps requests and what people say of them in files, of which the documentation makes an evaluation set", async () => {
  const path = await rules("{ share: 100%, fields: [request, answer] }");
  const folder = join(dirname(path), "captured");
  const router = await startRouter({ RULES_FILE: path, CAPTURE_TO: "files", CAPTURE_FOLDER: folder });
  const [liked, disliked, silent] = [await ask(router), await ask(router), await ask(router)];
  await until("all are kept", async () => (await captured(router))["written"] === 3);
  // There is no candidate whose answer it could count for; it is kept all the same.
  expect(await say(router, liked, true)).toMatchObject({ unknown: [] });
  await say(router, disliked, false);
  router.signal("SIGTERM");
  expect(await router.ended).toBe(0);
  const records = recordsIn(folder);
  expect(records.map(({ kind, requestId }) => [kind, requestId])).toEqual([
    ["request", liked],
    ["request", disliked],
    ["request", silent],
    ["feedback", liked],
    ["feedback", disliked],
  ]);
  expect(JSON.stringify(records)).not.toMatch(/bob@|1234567/);

  const document = readFileSync(new URL("../../docs/capture.md", import.meta.url), "utf8");
  const script = join(dirname(path), "evaluation-set.mjs");
  writeFileSync(script, /^```js\n([\s\S]*?)^```$/m.exec(document)?.[1] ?? "");
  const { stdout, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  expect(stderr).toBe("");
  const messages = [{ role: "user", content: "call [phone]" }];
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    { messages, expected: "mail [email]", version: "v1" },
    { messages, rejected: "mail [email]", version: "v1" },
  ]);
});

it("serves on while there is no place for what it captures, says so, and keeps what comes when there is one", async () => {
  const path = await rules("{ share: 100% }");
  const folder = temporaryFile("captured", "not a folder");
  const router = await startRouter({ RULES_FILE: path, CAPTURE_TO: "files", CAPTURE_FOLDER: folder });
  await ask(router);
  await until("the loss is counted", async () => (await captured(router))["store_failed"] === 1);
  expect(await captured(router)).toMatchObject({ up: 0, written: 0 });
  expect(router.log.filter(({ level }) => level === "error")).toHaveLength(1);
  spawnSync("rm", [folder]);
  await ask(router);
  await until("it is kept", async () => (await captured(router))["written"] === 1);
  expect(await captured(router)).toMatchObject({ up: 1 });
});

it("keeps nothing while nobody has said where", async () => {
  const path = await rules("{ share: 100%, fields: [request, answer] }");
  const router = await startRouter({ RULES_FILE: path });
  await ask(router);
  expect(await captured(router)).toEqual({});
  expect(existsSync(join(dirname(path), "captured"))).toBe(false);
});

describe.skipIf(!hasRedis)("with Redis", () => {
  it("keeps requests in a stream, loses and counts them while Redis is gone, and serves on", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const path = await rules("{ share: 100% }");
    redis.cli(["-x", "SET", "{canary}:rules"], readFileSync(path, "utf8"));
    const router = await startRouter({ REDIS_URL: redis.url, CAPTURE_TO: "redis" });
    const requestId = await ask(router);
    await until("it is kept", async () => (await captured(router))["written"] === 1);
    expect(redis.cli(["XRANGE", "{canary}:capture", "-", "+"])).toContain(requestId);
    await redis.kill();
    await ask(router);
    await until("the loss is counted", async () => (await captured(router))["store_failed"] === 1, 20_000);
    expect(await captured(router)).toMatchObject({ up: 0 });
    await redis.start();
    await until("it is kept again", async () => {
      await ask(router);
      return (await captured(router))["up"] === 1;
    });
  });
});
