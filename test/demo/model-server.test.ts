import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { type ModelServer, startModelServer } from "../../src/demo/model-server.ts";

let server: ModelServer;
let openai: OpenAI;

beforeAll(async () => {
  server = await startModelServer({ version: "v7", dice: seededDice(1), firstToken: 1, perToken: 0 });
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(() => server.stop());

const question = { model: "demo-chat", messages: [{ role: "user" as const, content: "Which version are you?" }] };

function post(path: string, body: string): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: "POST", body });
}

describe("a demo model server, asked with the openai package", () => {
  it("answers a chat, tells its version and counts tokens", async () => {
    const answer = await openai.chat.completions.create(question);
    expect(answer.choices[0]?.message.content).toMatch(/^This is version v7\. /);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.model).toBe("demo-chat@v7");
    expect(answer.system_fingerprint).toBe("fp_v7");
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
    expect(answer.usage?.completion_tokens).toBeGreaterThan(10);
  });

  it("streams a chat token by token, with usage only when it is asked for", async () => {
    const parts: string[] = [];
    let usage: OpenAI.CompletionUsage | null | undefined;
    const stream = await openai.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      parts.push(chunk.choices[0]?.delta.content ?? "");
      usage = chunk.usage ?? usage;
    }
    expect(parts.join("")).toMatch(/^This is version v7\. /);
    expect(parts.length).toBeGreaterThan(10);
    expect(usage?.completion_tokens).toBe(parts.filter((part) => part !== "").length);

    for await (const chunk of await openai.chat.completions.create({ ...question, stream: true })) {
      expect(chunk.usage ?? undefined).toBeUndefined();
    }
  });

  it("ends a stream with [DONE]", async () => {
    const text = await (await post("/v1/chat/completions", JSON.stringify({ ...question, stream: true }))).text();
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("answers a completion, as long as it was asked to be", async () => {
    const answer = await openai.completions.create({ model: "demo-chat", prompt: "Which version?", max_tokens: 4 });
    expect(answer.choices[0]?.text).toBe("This is version v7.");
    expect(answer.usage?.completion_tokens).toBe(4);
  });

  it("embeds texts the same way each time", async () => {
    const create = () => openai.embeddings.create({ model: "demo-embed", input: ["one", "two"] });
    const [first, again] = [await create(), await create()];
    expect(first.data.map(({ embedding }) => embedding.length)).toEqual([32, 32]);
    expect(first.data[0]?.embedding).not.toEqual(first.data[1]?.embedding);
    expect(again.data).toEqual(first.data);
    const plain = await openai.embeddings.create({ model: "demo-embed", input: "one", encoding_format: "float" });
    expect(plain.data[0]?.embedding[0]).toBeCloseTo(first.data[0]?.embedding[0] ?? Number.NaN, 5);
  });

  it("lists its models", async () => {
    const ids: string[] = [];
    for await (const model of await openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(["demo-chat", "demo-embed"]);
  });

  it("refuses what it cannot read, in the form that OpenAI clients understand", async () => {
    await expect(openai.chat.completions.create({ model: "demo-chat", messages: [] })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
    expect((await post("/v1/completions", "no json")).status).toBe(400);
    expect((await post("/v1/images", "{}")).status).toBe(404);
    expect((await post("/v1/completions", "x".repeat(2 * 1024 * 1024))).status).toBe(413);
  });
});

describe("a demo model server that is told to misbehave", () => {
  it("fails as often as it was told to, until it is told to behave", async () => {
    expect((await post("/demo/misbehave", JSON.stringify({ errorRate: 1 }))).status).toBe(200);
    await expect(openai.chat.completions.create(question)).rejects.toThrow(OpenAI.InternalServerError);
    await post("/demo/misbehave", "{}");
    await expect(openai.chat.completions.create(question)).resolves.toBeDefined();
  });

  it("becomes as slow as it was told to", async () => {
    await post("/demo/misbehave", JSON.stringify({ slowdown: 200 }));
    const before = performance.now();
    await openai.chat.completions.create(question);
    expect(performance.now() - before).toBeGreaterThan(40);
    await post("/demo/misbehave", "{}");
  });

  it("refuses a rate that is none", async () => {
    expect((await post("/demo/misbehave", JSON.stringify({ errorRate: 2 }))).status).toBe(400);
  });
});
