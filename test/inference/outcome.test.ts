import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerEnd, AnswerReader, type AnswerVerdict } from "../../src/inference/outcome.ts";
import { type AnswerFamily, answerFamilyOf } from "../../src/inference/outcome-api.ts";

interface Answer {
  readonly family?: AnswerFamily;
  readonly status?: number;
  readonly type?: string | undefined;
  readonly encoding?: string;
  readonly end?: AnswerEnd;
}

const reader = new AnswerReader();

/** Reads a body in the given pieces, out of a buffer with other bytes around them; `now` is the piece's number. */
function read(body: string, answer: Answer = {}, cuts: readonly number[] = []): AnswerVerdict {
  const { family = "openai", status = 200, type = "text/event-stream", encoding, end = "complete" } = answer;
  const bytes = new TextEncoder().encode(body);
  reader.begin(family, status, type, encoding);
  const edges = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const [i, to] of edges.entries()) {
    const shared = new Uint8Array(bytes.length + 20).fill(0x22);
    shared.set(bytes.subarray(from, to), 10);
    reader.bytes(shared, 10, 10 + to - from, i);
    from = to;
  }
  return reader.end(end);
}

function events(...data: readonly (object | string)[]): string {
  return data.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`).join("");
}

const good = { kind: "good" };
const failed = (reason: string) => ({ kind: "failed", reason });
const json = { type: "application/json; charset=utf-8" };

const delta = (content: string, finish_reason: string | null = null) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { role: "assistant", content }, logprobs: null, finish_reason }],
});
const usage = {
  prompt_tokens: 12,
  completion_tokens: 34,
  total_tokens: 46,
  prompt_tokens_details: { cached_tokens: 8 },
};
const OPENAI = events(
  delta(""),
  delta('He said "}{" \\ and left'),
  delta("", "stop"),
  { choices: [], usage },
  "[DONE]",
);
const ANTHROPIC = [
  ["message_start", { message: { content: [], stop_reason: null, usage: { input_tokens: 25, output_tokens: 1 } } }],
  ["content_block_start", { index: 0, content_block: { type: "text", text: "" } }],
  ["ping", {}],
  ["content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hello" } }],
  ["message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 15 } }],
  ["message_stop", {}],
].map(([type, rest]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...Object(rest) })}\n\n`);
const RESPONSES = [
  { type: "response.created", response: { status: "in_progress", error: null, output: [], usage: null } },
  { type: "response.output_text.delta", delta: "Hi" },
  {
    type: "response.completed",
    response: { status: "completed", error: null, usage: { input_tokens: 37, output_tokens: 11 } },
  },
];
const OLLAMA = [
  { model: "m", message: { role: "assistant", content: "Hi" }, done: false },
  { model: "m", message: { role: "assistant", content: "" }, done: true, prompt_eval_count: 26, eval_count: 259 },
].map((line) => `${JSON.stringify(line)}\n`);
const GEMINI = [
  { candidates: [{ content: { parts: [{ text: "Hi" }], role: "model" } }], usageMetadata: { promptTokenCount: 4 } },
  {
    candidates: [{ content: { parts: [{ text: "!" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 9 },
  },
];
const TGI = [
  { token: { id: 1, text: "Hi", special: false }, generated_text: null, details: null },
  { token: { id: 2, text: "", special: true }, generated_text: "Hi", details: { generated_tokens: 2 } },
];

describe("a stream", () => {
  it.each<[string, string, Answer, number, number]>([
    ["OpenAI's", OPENAI, {}, 12, 34],
    ["Anthropic's", ANTHROPIC.join(""), { family: "anthropic" }, 25, 15],
    ["OpenAI's responses", events(...RESPONSES), { family: "responses" }, 37, 11],
    ["Ollama's", OLLAMA.join(""), { family: "ollama", type: "application/x-ndjson" }, 26, 259],
    ["Gemini's", events(...GEMINI), { family: "gemini" }, 4, 9],
    ["TGI's", events(...TGI), { family: "tgi" }, -1, 2],
  ])("of %s is good with its end, and tells its tokens", (_, body, answer, prompt, completion) => {
    expect(read(body, answer)).toEqual(good);
    expect(reader).toMatchObject({ promptTokens: prompt, completionTokens: completion, lookedInto: true });
  });

  it.each<[string, string, Answer]>([
    ["OpenAI's without [DONE]", OPENAI.replace("[DONE]", "[DONE"), {}],
    ["OpenAI's that another family would call ended", events(delta("Hi"), { type: "message_stop" }), {}],
    ["Anthropic's without message_stop", ANTHROPIC.slice(0, -1).join(""), { family: "anthropic" }],
    ["a response that is not completed", events(...RESPONSES.slice(0, -1)), { family: "responses" }],
    ["Ollama's without done", OLLAMA[0] ?? "", { family: "ollama", type: "application/x-ndjson" }],
    ["Gemini's without a reason to finish", events(GEMINI[0] ?? {}), { family: "gemini" }],
    ["TGI's without the whole text", events(TGI[0] ?? {}), { family: "tgi" }],
    ["one in which nothing came", "", {}],
    ["one of comments only", ": keep-alive\n\n: keep-alive\n\n", {}],
  ])("is unfinished: %s", (_, body, answer) => {
    expect(read(body, answer)).toEqual(failed("unfinished"));
  });

  it.each<[string, string, Answer]>([
    ["an error object, though [DONE] follows", events(delta("Hi"), { error: { message: "CUDA error" } }, "[DONE]"), {}],
    ["an error in words", events({ error: "out of memory", error_type: "generation" }), { family: "tgi" }],
    ["vLLM's old error object", events({ object: "error", message: "x", code: 500 }, "[DONE]"), {}],
    ["an event called error", "event: error\ndata: it broke\n\n", {}],
    ["Anthropic's error", events({ type: "error", error: { type: "overloaded_error" } }), { family: "anthropic" }],
    ["a response that failed", events({ type: "response.failed", response: {} }), { family: "responses" }],
    ["a line of Ollama", '{"error":"model runner stopped"}\n', { family: "ollama", type: "application/x-ndjson" }],
    ["an error the client did not wait for", events({ error: { message: "x" } }), { end: "client left" }],
    ["an error with the connection cut after it", events({ error: { message: "x" } }), { end: "cut short" }],
  ])("with an error in it is a failure: %s", (_, body, answer) => {
    expect(read(body, answer)).toEqual(failed("error_event"));
  });

  it("takes no error from what the model writes about errors", () => {
    const said = events(delta('{"error": {"message": "x"}}\nevent: error\ndata: [DONE]'), { error: null }, "[DONE]");
    expect(read(said)).toEqual(good);
    expect(read(events(delta("x"), { choices: [{ error: { message: "deeper" } }] }, "[DONE]"))).toEqual(good);
  });

  it("calls broken JSON bad", () => {
    expect(read(events('{"choices":[{"delta":{"content":"Hi"', "[DONE]"))).toEqual(failed("bad_json"));
    expect(read(events('{"choices":[}]}', "[DONE]"))).toEqual(failed("bad_json"));
    expect(read('{"response":"Hi"\n', { family: "ollama", type: "application/x-ndjson" })).toEqual(failed("bad_json"));
  });

  it("reads an object that goes over several data lines", () => {
    expect(read('data: {"choices":[{"delta":\ndata: {"content":"Hi"}}]}\n\ndata: [DONE]\n\n')).toEqual(good);
    expect(read('data: {"error":\ndata: {"message":"x"}}\n\n')).toEqual(failed("error_event"));
  });

  it("is empty when nothing was generated", () => {
    expect(read(events(delta(""), delta("", "stop"), "[DONE]"))).toEqual(failed("empty"));
    expect(read(events(delta("", "stop"), { choices: [], usage: { completion_tokens: 1 } }, "[DONE]"))).toEqual(
      failed("empty"),
    );
  });

  it("is not empty when a tool is called, or the thoughts are not shown", () => {
    const call = { choices: [{ delta: { tool_calls: [{ index: 0, function: { name: "f", arguments: "" } }] } }] };
    expect(read(events(call, "[DONE]"))).toEqual(good);
    expect(read(events(delta("", "length"), { choices: [], usage: { completion_tokens: 512 } }, "[DONE]"))).toEqual(
      good,
    );
    expect(read(events({ choices: [{ delta: { tool_calls: [] } }] }, "[DONE]"))).toEqual(failed("empty"));
  });

  it("asks for no end where none is known", () => {
    expect(read(events({ text_output: "Hi" }), { family: "other" })).toEqual(good);
    expect(read("", { family: "other" })).toEqual(good);
  });

  it("tells the first token from the first byte", () => {
    const first = events(delta(""));
    read(OPENAI, {}, [first.length - 2, first.length, first.length + 20, first.length + 400]);
    expect(reader.firstTokenAt).toBe(3);
    read(events(delta("")));
    expect(reader.firstTokenAt).toBe(-1);
  });

  it("means the same however its bytes are cut and its lines end", () => {
    const bodies: [string, Answer][] = [
      [OPENAI, {}],
      [OPENAI.replace("[DONE]", ""), {}],
      [ANTHROPIC.join(""), { family: "anthropic" }],
      [events(...GEMINI), { family: "gemini" }],
      [events(delta("Hi"), { error: { message: "é" } }), {}],
      [events('{"a":', "[DONE]"), {}],
      [OLLAMA.join(""), { family: "ollama", type: "application/x-ndjson" }],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.nat(600), { maxLength: 40 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        ([body, answer], cuts, lineEnd) => {
          const verdict = read(body, answer);
          const tokens = [reader.promptTokens, reader.completionTokens];
          expect(read(body.replaceAll("\n", lineEnd), answer, cuts)).toEqual(verdict);
          expect([reader.promptTokens, reader.completionTokens]).toEqual(tokens);
        },
      ),
    );
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(100)), (noise, cuts) => {
        read(`data: {"a":"${noise}`, {}, cuts);
        expect(read(OPENAI)).toEqual(good);
      }),
    );
  });
});

describe("an answer in one piece", () => {
  const completion = JSON.stringify({ object: "chat.completion", choices: [{ message: { content: "Hi" } }], usage });

  it("is good when its JSON is whole, and tells its tokens", () => {
    expect(read(completion, json)).toEqual(good);
    expect(reader).toMatchObject({ promptTokens: 12, completionTokens: 34, firstTokenAt: 0, lookedInto: true });
    expect(read(`${completion}\n`, { ...json, family: "other" })).toEqual(good);
    expect(read("[0.5, -1e3, null, true]", { ...json, family: "other" })).toEqual(good);
  });

  it.each([
    completion.slice(0, -1),
    `${completion}}`,
    "<html>Bad Gateway</html>",
    "{]",
    '{"a" 1}',
    '{"a":"x\n"}',
    "  ",
  ])("is bad JSON: %j", (body) => {
    expect(read(body, json)).toEqual(failed("bad_json"));
  });

  it("agrees with JSON.parse about what is whole", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(200), fc.array(fc.nat(200), { maxLength: 5 }), (text, cut, cuts) => {
        expect(read(text, { ...json, family: "other" }, cuts).kind).toBe(isError(text) ? "failed" : "good");
        const part = text.slice(0, cut % (text.length + 1));
        if (/^[[{]/.test(part) && part !== text) {
          expect(read(part, { ...json, family: "other" }, cuts).kind).toBe("failed");
        }
      }),
    );
  });

  it("is empty when nothing is there, or nothing was generated", () => {
    expect(read("", json)).toEqual(failed("empty"));
    expect(read('{"choices":[{"message":{"content":""}}]}', json)).toEqual(failed("empty"));
    expect(read('{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1"}]}}]}', json)).toEqual(good);
    expect(read('{"data":[]}', { ...json, family: "other" })).toEqual(good);
  });

  it("fails when it is an error under the status 200", () => {
    expect(read('{"error":{"message":"no"}}', json)).toEqual(failed("error_body"));
    expect(read('{"predictions":[1],"error":0.03}', { ...json, family: "other" })).toEqual(good);
  });

  it("is looked at by its beginning and its end when it is long", () => {
    const vectors = Array.from({ length: 3000 }, (_, i) => ({ index: i, embedding: [0.25, 0.5, 0.75] }));
    const long = JSON.stringify({ data: vectors, usage: { prompt_tokens: 7, total_tokens: 7 } });
    const cuts = Array.from({ length: 30 }, (_, i) => i * 7000);
    expect(long.length).toBeGreaterThan(100_000);
    expect(read(long, { ...json, family: "other" }, cuts)).toEqual(good);
    expect(reader.promptTokens).toBe(7);
    expect(read(long.slice(0, -20), { ...json, family: "other" }, cuts)).toEqual(failed("bad_json"));
    expect(read(long, { ...json, family: "other", end: "cut short" }, cuts)).toEqual(failed("truncated"));
  });
});

function isError(text: string): boolean {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const record: Record<string, unknown> = { ...value };
  const named = [record["type"], record["object"]].some((name) => name === "error" || name === "response.failed");
  const { error } = record;
  return named || error === true || (typeof error === "string" ? error !== "" : isObject(error));
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("a status", () => {
  it.each([
    [500, failed("http_5xx")],
    [502, failed("http_5xx")],
    [503, { kind: "overload" }],
    [429, { kind: "overload" }],
    [529, { kind: "overload" }],
    [400, { kind: "nobody's", why: "client error" }],
    [404, { kind: "nobody's", why: "client error" }],
    [204, good],
    [304, good],
  ])("%i is judged by itself", (status, verdict) => {
    expect(read("", { ...json, status })).toEqual(verdict);
    expect(reader.lookedInto).toBe(false);
  });
});

describe("what cannot be looked into", () => {
  it("is judged by its status and its end", () => {
    expect(read("\u001f\u008b…", { encoding: "gzip" })).toEqual(good);
    expect(reader.lookedInto).toBe(false);
    expect(read("PNG", { type: "image/png", end: "cut short" })).toEqual(failed("truncated"));
    expect(read("anything", { type: "" })).toEqual(good);
  });

  it("says nothing when the client left, unless all was there", () => {
    expect(read(events(delta("Hi")), { end: "client left" })).toEqual({ kind: "nobody's", why: "client left" });
    expect(read(OPENAI, { end: "client left" })).toEqual(good);
  });
});

describe("the family of a path", () => {
  it.each([
    ["/v1/chat/completions", "openai"],
    ["/openai/deployments/x/completions/", "openai"],
    ["/v1/responses", "responses"],
    ["/v1/messages", "anthropic"],
    ["/v1/projects/p/models/claude:streamRawPredict", "anthropic"],
    ["/api/chat", "ollama"],
    ["/v1beta/models/gemini:streamGenerateContent", "gemini"],
    ["/generate_stream", "tgi"],
    ["/v2/models/llama/generate_stream", "other"],
    ["/v1/embeddings", "other"],
    ["/", "other"],
  ])("%s is %s", (path, family) => {
    expect(answerFamilyOf(path)).toBe(family);
  });
});
