import { describe, expect, it } from "vitest";
import { generationOf } from "../../src/inference/generation.ts";
import { modelInAnswer } from "../../src/inference/model-in-answer.ts";

describe("what is asked of a model, in OpenTelemetry's words", () => {
  it.each([
    ["/v1/chat/completions", "chat", "openai"],
    ["/openai/deployments/m/chat/completions/", "chat", "openai"],
    ["/v1/completions", "text_completion", "openai"],
    ["/v1/embeddings", "embeddings", "openai"],
    ["/v1/messages", "chat", "anthropic"],
    ["/v1beta/models/gemini-x:streamGenerateContent", "generate_content", "gcp.gemini"],
    ["/api/chat", "chat", "ollama"],
    ["/generate", "text_completion", "tgi"],
    ["/v2/models/m/generate", "text_completion", "triton"],
  ])("is known of %s", (path, operation, provider) => {
    expect(generationOf("POST", path)).toEqual({ operation, provider });
  });

  it("is nothing where nothing is generated", () => {
    expect(generationOf("POST", "/v2/models/m/infer")).toBeUndefined();
    expect(generationOf("GET", "/v1/chat/completions")).toBeUndefined();
  });
});

describe("the model that an answer names", () => {
  it.each([
    ["JSON", '{"id":"1", "model" : "llama-3-70b","choices":[]}', "llama-3-70b"],
    ["a stream in chunks", '4f\r\ndata: {"id":"1","model":"m-7","choices":[]}\n\n\r\n', "m-7"],
    ["Gemini's", '{"candidates":[],"modelVersion":"gemini-x"}', "gemini-x"],
    ["one whose text speaks of models", '{"text":"say \\"model\\": \\"no\\" and","model":"yes"}', "yes"],
  ])("is found in %s", (_what, text, model) => {
    expect(modelInAnswer(text)).toBe(model);
  });

  it("is not made up", () => {
    expect(modelInAnswer('{"text":"\\"model\\":\\"no\\""}')).toBeUndefined();
    expect(modelInAnswer('{"model":7}')).toBeUndefined();
    expect(modelInAnswer(`{"model":"${"x".repeat(300)}"}`)).toBeUndefined();
  });
});
