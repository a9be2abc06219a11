import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareAnswers, type How } from "../../../src/inference/compare/answers.ts";
import { generatedText } from "../../../src/inference/compare/generated-text.ts";
import { compareJson } from "../../../src/inference/compare/json.ts";
import { compareText } from "../../../src/inference/compare/text.ts";

const EXACT = { tolerance: 0, ignore: [] };
const WAYS: readonly How[] = [
  { as: "json", ...EXACT },
  { as: "text", similarity: 0.8 },
  { as: "tensors", tolerance: 0.001 },
  { as: "labels", tolerance: 0.001 },
];

function json(value: unknown) {
  return { text: JSON.stringify(value), contentType: "application/json" };
}

function tensor(data: unknown, more: object = {}) {
  return json({ outputs: [{ name: "y", datatype: "FP32", shape: [2], data, ...more }] });
}

describe("any way to compare", () => {
  it("never throws, keeps between 0 and 1, and does not care which answer is whose", () => {
    const body = fc.record({ text: fc.oneof(fc.json(), fc.string()), contentType: fc.constant("application/json") });
    fc.assert(
      fc.property(body, body, fc.constantFrom(...WAYS), (a, b, how) => {
        const there = compareAnswers(how, a, b);
        const back = compareAnswers(how, b, a);
        expect(back?.agrees).toBe(there?.agrees);
        expect(back?.similarity).toBe(there?.similarity);
        if (there === undefined) return;
        expect(there.similarity).toBeGreaterThanOrEqual(0);
        expect(there.similarity).toBeLessThanOrEqual(1);
        if (!there.agrees) expect(there.difference).toBeDefined();
      }),
    );
  });

  it("finds an answer to agree with itself, and all of it alike", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...WAYS), (value, how) => {
        const compared = compareAnswers(how, json(value), json(value));
        if (compared !== undefined) expect(compared).toEqual({ agrees: true, similarity: 1, difference: undefined });
      }),
    );
  });

  it("does not end in something deep", () => {
    const deep = `${"[".repeat(50_000)}1${"]".repeat(50_000)}`;
    const other = deep.replace("1", "2");
    const body = (text: string) => ({ text, contentType: "application/json" });
    for (const how of WAYS) expect(() => compareAnswers(how, body(deep), body(other))).not.toThrow();
  });
});

describe("JSON", () => {
  it("is the same whatever the order of its keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(compareJson(value, turned, EXACT).agrees).toBe(true);
      }),
    );
  });

  it("has numbers that may be a little apart, and no further", () => {
    const near = { tolerance: 0.01, ignore: [] };
    expect(compareJson({ a: [100, 0.001] }, { a: [100.9, 0.009] }, near).agrees).toBe(true);
    expect(compareJson({ a: [100, 0] }, { a: [101.2, 0] }, near)).toEqual({
      agrees: false,
      similarity: 0.5,
      difference: { where: "/a/0", primary: "100", shadow: "101.2" },
    });
  });

  it("is not looked at where it is to be ignored", () => {
    const ignore = [["id"], ["choices", "*", "logprobs"]];
    const [a, b] = [1, 2].map((n) => ({ id: n, choices: [{ text: "x", logprobs: { n } }] }));
    expect(compareJson(a, b, { tolerance: 0, ignore }).agrees).toBe(true);
    expect(compareJson(a, { ...b, more: true }, { tolerance: 0, ignore }).difference?.where).toBe("/more");
  });
});

describe("text", () => {
  it("is alike by its words, not by its capitals and spaces", () => {
    expect(compareText("Paris is  the capital.", "paris is the capital .", 1).agrees).toBe(true);
    expect(compareText("The capital is Paris", "The capital is Lyon", 0.5)).toMatchObject({
      agrees: true,
      difference: { where: "from word 4 on", primary: "the capital is paris", shadow: "the capital is lyon" },
    });
    expect(compareText("The capital is Paris", "Sorry, I cannot help with that", 0.5)).toMatchObject({ agrees: false });
  });

  it("without spaces is looked at character by character", () => {
    expect(compareText("今日は天気がいい", "今日は天気が悪い", 0.5).similarity).toBeGreaterThan(0.5);
  });

  it("of a stream is what its pieces say, as in one piece", () => {
    const said = "Hello, you there";
    const pieces = ["Hel", "lo, ", "you", " there"];
    const sse = (events: readonly object[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    const streams: Record<string, string> = {
      chat: `${sse(pieces.map((content) => ({ choices: [{ index: 0, delta: { content } }] })))}data: [DONE]\n\n`,
      completions: sse(pieces.map((text) => ({ choices: [{ index: 0, text }] }))),
      responses: sse([
        ...pieces.map((delta) => ({ type: "response.output_text.delta", delta })),
        { type: "response.completed", response: { output: [] } },
      ]),
      anthropic: sse([
        { type: "message_start", message: { content: [] } },
        ...pieces.map((text) => ({ type: "content_block_delta", delta: { type: "text_delta", text } })),
      ]),
      ollama: pieces.map((content) => JSON.stringify({ message: { content }, done: false })).join("\n"),
      gemini: sse(pieces.map((text) => ({ candidates: [{ content: { parts: [{ text }] } }] }))),
      tgi: sse([...pieces.map((text) => ({ token: { text } })), { token: { text: "" }, generated_text: said }]),
      triton: sse(pieces.map((text_output) => ({ text_output }))),
    };
    for (const [name, body] of Object.entries(streams)) expect(generatedText(body, true), name).toBe(said);
    const whole = [
      { choices: [{ message: { content: said } }] },
      { choices: [{ text: said }] },
      { output: [{ type: "message", content: [{ type: "output_text", text: said }] }] },
      { content: [{ type: "text", text: said }] },
      { message: { content: said } },
      { response: said },
      { candidates: [{ content: { parts: [{ text: said }] } }] },
      [{ generated_text: said }],
    ];
    for (const value of whole) expect(generatedText(JSON.stringify(value), false), JSON.stringify(value)).toBe(said);
  });

  it("also is what a model wants to call", () => {
    const call = { function: { name: "weather", arguments: '{"city":"Paris"}' } };
    const body = JSON.stringify({ choices: [{ message: { content: null, tool_calls: [call] } }] });
    expect(generatedText(body, false)).toBe('weather{"city":"Paris"}');
  });

  it("is not there where nothing was generated", () => {
    expect(generatedText(JSON.stringify({ data: [{ embedding: [1, 2] }] }), false)).toBeUndefined();
    expect(generatedText("<html>", false)).toBeUndefined();
  });
});

describe("tensors", () => {
  const how: How = { as: "tensors", tolerance: 0.01 };

  it("agree when they are of one form and their numbers near, nested or not", () => {
    expect(compareAnswers(how, tensor([1, 2]), tensor([[1.001], [2]]))?.agrees).toBe(true);
    expect(compareAnswers(how, tensor([1, 2]), tensor([1, 2.5]))?.difference).toEqual({
      where: "output y/1",
      primary: "2",
      shadow: "2.5",
    });
    expect(compareAnswers(how, tensor([1, 2]), tensor([1, 2], { shape: [2, 1] }))).toMatchObject({
      agrees: false,
      similarity: 0,
      difference: { primary: "FP32 [2]", shadow: "FP32 [2,1]" },
    });
  });

  it("that lie elsewhere cannot be compared", () => {
    expect(compareAnswers(how, tensor([1, 2]), tensor(undefined))).toBeUndefined();
  });
});

describe("labels", () => {
  it("agree row by row", () => {
    const how: How = { as: "labels", tolerance: 0.01 };
    const predictions = (...rows: unknown[]) => json({ predictions: rows });
    expect(compareAnswers(how, predictions("a", "b"), predictions("a", "c"))).toEqual({
      agrees: false,
      similarity: 0.5,
      difference: { where: "prediction 2", primary: "b", shadow: "c" },
    });
    expect(compareAnswers(how, predictions(0.5), predictions(0.505))?.agrees).toBe(true);
    expect(compareAnswers(how, predictions("a"), json({ error: "x" }))).toBeUndefined();
  });
});
