import { describe, expect, it } from "vitest";
import { modalityOfPath } from "../../src/inference/asked.ts";
import { isModality } from "../../src/inference/modality.ts";

describe("the modality of a path", () => {
  it.each([
    ["/v1/chat/completions", "text"],
    ["/v1/completions", "text"],
    ["/v1/responses", "text"],
    ["/v1/moderations", "text"],
    ["/openai/deployments/gpt/chat/completions", "text"],
    ["/v1/embeddings", "embedding"],
    ["/v1/images/generations", "image"],
    ["/v1/images/edits", "image"],
    ["/v1/audio/transcriptions", "audio"],
    ["/v1/audio/speech", "audio"],
    ["/v1/videos", "video"],
    ["/v1/files", "file"],
    ["/v1/messages", "text"],
    ["/v2/models/iris/infer", "tensor"],
    ["/v2/models/iris/versions/3/infer", "tensor"],
    ["/v1/models/iris:predict", "tabular"],
    ["/invocations", "tabular"],
    ["/generate", "text"],
    ["/generate_stream", "text"],
    ["/api/chat", "text"],
    ["/api/generate", "text"],
    ["/api/embed", "embedding"],
    ["/api/embeddings", "embedding"],
  ])("%s is about %s", (path, modality) => {
    expect(modalityOfPath(path)).toBe(modality);
  });

  it.each(["/", "", "/v1/models", "/completions-of-mine", "/chat", "/v2/health/ready", "/v1/messages/count"])(
    "%j says nothing",
    (path) => {
      expect(modalityOfPath(path)).toBe("unknown");
    },
  );

  it("knows its own words only", () => {
    expect(isModality("image")).toBe(true);
    expect(isModality("unknown")).toBe(false);
  });
});
