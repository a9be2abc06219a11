import { describe, expect, it } from "vitest";
import { type Asked, askedOfBody, askedOfHead, stateful } from "../../src/inference/asked.ts";

const JSON_TYPE = "application/json";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function post(path: string, body: unknown, contentType = JSON_TYPE): Asked {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return askedOfBody("POST", path, "", contentType, bytes(text), true);
}

function chat(...content: unknown[]): Asked {
  return post("/v1/chat/completions", { model: "m", messages: [{ role: "user", content }] });
}

describe("a request to chat", () => {
  it("names model, stream, user and session in its body", () => {
    const asked = post("/v1/chat/completions", {
      messages: [{ role: "user", content: "hi" }],
      model: "llama-3",
      stream: true,
      user: "u1",
      prompt_cache_key: "s1",
    });
    expect(asked).toEqual({
      model: "llama-3",
      modality: "text",
      stream: true,
      user: "u1",
      session: "s1",
      stateful: false,
    });
  });

  it("is no stream when a whole body does not ask for one", () => {
    expect(post("/v1/chat/completions", { model: "m" }).stream).toBe(false);
  });

  it("may be a stream while the rest of the body is missing", () => {
    const asked = askedOfBody("POST", "/v1/chat/completions", "", JSON_TYPE, bytes('{"model":"m","mess'), false);
    expect(asked).toMatchObject({ model: "m", stream: undefined });
  });

  it("has its model in UTF-8 bytes, however the client wrote it", () => {
    const utf8 = "Ã¤ð\u009f\u008d\u0093";
    expect(post("/v1/chat/completions", '{"model":"ä🍓"}').model).toBe(utf8);
    expect(post("/v1/chat/completions", '{"mod\\u0065l":"\\u00e4\\ud83c\\udf53"}').model).toBe(utf8);
  });

  it("is believed the last of several models", () => {
    expect(post("/v1/chat/completions", '{"model":"a","model":"b"}').model).toBe("b");
    expect(post("/v1/chat/completions", '{"model":"a","model":null}').model).toBeUndefined();
  });

  it.each(["", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "application/vnd.api+json"])(
    "is read under the content type %j",
    (contentType) => {
      expect(post("/v1/chat/completions", { model: "m" }, contentType).model).toBe("m");
    },
  );

  it.each(["", "[]", '"model"', "model=m", "\u001f\u008b", "{", '{"model"', '{"model":"m'])(
    "tells nothing by %j",
    (body) => {
      expect(post("/v1/chat/completions", body)).toMatchObject({ model: undefined, modality: "text" });
    },
  );
});

describe("the modality of messages", () => {
  it.each([
    ["text", [{ type: "text", text: "a picture of type image_url" }]],
    ["image", [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }]],
    ["image", [{ image_url: "https://example.com/a.png" }]],
    ["audio", [{ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }]],
    ["video", [{ type: "video_url", video_url: { url: "https://example.com/a.mp4" } }]],
    ["file", [{ type: "file", file: { file_data: "data:application/pdf;base64,AAAA", filename: "a.pdf" } }]],
    ["image", [{ type: "file", file: {} }, { type: "image_url" }]],
    ["audio", [{ type: "image_url" }, { type: "input_audio" }, { type: "file" }]],
    ["video", [{ type: "video_url" }, { type: "input_audio" }]],
    ["text", [{ type: "text", text: "no picture", image_url: null, input_audio: {}, file: [] }]],
  ])("is %s", (modality, content) => {
    expect(chat(...content).modality).toBe(modality);
  });

  it("is what the answer shall be, too", () => {
    const spoken = { model: "m", modalities: ["text", "audio"], messages: [{ role: "user", content: "hi" }] };
    expect(post("/v1/chat/completions", spoken).modality).toBe("audio");
    const drawn = { contents: [{ parts: [{ text: "hi" }] }], generationConfig: { responseModalities: ["IMAGE"] } };
    expect(post("/v1beta/models/gemini:generateContent", drawn).modality).toBe("image");
  });

  it("is not told by what a tool was called with", () => {
    const content = [{ type: "tool_use", id: "t", name: "draw", input: { type: "image", image_url: "x" } }];
    expect(post("/v1/messages", { model: "m", messages: [{ role: "assistant", content }] }).modality).toBe("text");
  });

  it("is told by what a tool has answered", () => {
    const content = [{ type: "tool_result", content: [{ type: "image", source: { type: "base64", data: "AA" } }] }];
    expect(post("/v1/messages", { model: "m", messages: [{ role: "user", content }] }).modality).toBe("image");
  });

  it.each([
    ["/v1/responses", { input: [{ role: "user", content: [{ type: "input_image", image_url: "x" }] }] }, "image"],
    ["/v1/responses", { input: "hi" }, "text"],
    ["/v1/responses", { input: [{ type: "function_call_output", output: [{ type: "input_file" }] }] }, "file"],
    ["/v1/moderations", { input: [{ type: "image_url", image_url: { url: "x" } }] }, "image"],
    ["/v1/messages", { messages: [{ content: [{ type: "document", source: { type: "base64" } }] }] }, "file"],
    [
      "/v1beta/models/g:generateContent",
      { contents: [{ parts: [{ inlineData: { mimeType: "video/mp4" } }] }] },
      "video",
    ],
    ["/v1beta/models/g:generateContent", { contents: { parts: { inline_data: { mime_type: "image/png" } } } }, "image"],
    ["/v1beta/models/g:generateContent", { contents: [{ parts: [{ fileData: { fileUri: "x" } }] }] }, "file"],
    ["/api/chat", { messages: [{ role: "user", content: "what is it?", images: ["AAAA"] }] }, "image"],
    ["/api/chat", { messages: [{ role: "user", content: "what is it?", images: [] }] }, "text"],
    ["/api/generate", { prompt: "what is it?", images: ["AAAA"] }, "image"],
    ["/v2/models/m/generate", { text_input: "what is it?", image: "AAAA" }, "image"],
  ])("%s with %j is about %s", (path, body, modality) => {
    expect(post(path, body).modality).toBe(modality);
  });
});

describe("rows and tensors", () => {
  it.each([
    ["/invocations", { dataframe_split: { columns: ["a"], data: [[1]] } }, "tabular"],
    ["/invocations", { dataframe_records: [{ a: 1 }] }, "tabular"],
    [
      "/invocations",
      {
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      "tensor",
    ],
    ["/invocations", { inputs: { x: [1, 2] } }, "tensor"],
    ["/invocations", { inputs: "how are you" }, "text"],
    ["/invocations", { inputs: ["how", "are"] }, "text"],
    ["/invocations", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }, "image"],
    ["/invocations", { other: 1 }, "tabular"],
    [
      "/v1/models/iris:predict",
      {
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      "tabular",
    ],
    ["/v1/models/iris:predict", { instances: [{ a: 1 }] }, "tabular"],
    [
      "/v1/models/cnn:predict",
      {
        instances: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      "tensor",
    ],
    ["/v1/models/bert:predict", { instances: ["good", "bad"] }, "text"],
    ["/v2/models/iris/infer", { inputs: [{ name: "x", datatype: "FP32", data: [1] }] }, "tensor"],
  ])("%s with %j is about %s", (path, body, modality) => {
    expect(post(path, body).modality).toBe(modality);
  });

  it.each([
    ["text/csv", "tabular"],
    ["image/png", "image"],
    ["audio/wav", "audio"],
    ["video/mp4", "video"],
    ["application/x-npy", "tensor"],
    ["application/octet-stream", "tabular"],
  ])("/invocations with %s is about %s", (contentType, modality) => {
    expect(askedOfHead("POST", "/invocations", "", contentType).modality).toBe(modality);
  });
});

describe("what stands in the head", () => {
  it.each([
    ["POST", "/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro"],
    ["POST", "/v1/projects/p/locations/l/publishers/google/models/gemini:streamGenerateContent", "gemini"],
    ["POST", "/openai/deployments/my%20gpt/chat/completions", "my gpt"],
    ["POST", "/v2/models/iris/infer", "iris"],
    ["POST", "/v2/models/iris/versions/3/infer", "iris"],
    ["POST", "/v1/models/iris:predict", "iris"],
    ["POST", "/v1/models/iris/versions/2:predict", "iris"],
    ["POST", "/v1/models/iris:explain", "iris"],
    ["GET", "/v1/models/iris:predict", "iris:predict"],
    ["GET", "/v1/models/gpt-4o", "gpt-4o"],
    ["GET", "/v1/realtime", "gpt-realtime"],
    ["GET", "/speak", "gpt-realtime"],
    ["POST", "/v1/chat/completions", undefined],
    ["POST", "/my/own", undefined],
    ["POST", "/v1/models/:predict", undefined],
  ])("%s %s names %s", (method, path, model) => {
    expect(askedOfHead(method, path, "?a=b&model=gpt%2Drealtime", JSON_TYPE).model).toBe(model);
  });

  it("is not overruled by the body", () => {
    const path = "/openai/deployments/mine/chat/completions";
    expect(askedOfHead("POST", path, "", JSON_TYPE)).toMatchObject({ modelInBody: false, bodyMatters: true });
    expect(post(path, { model: "theirs" }).model).toBe("mine");
  });

  it.each([
    ["POST", "/v1/chat/completions", JSON_TYPE, { modelInBody: true, modalityInBody: true, streamInBody: true }],
    ["POST", "/v1/embeddings", JSON_TYPE, { modelInBody: true, modalityInBody: false, streamInBody: false }],
    ["POST", "/v2/models/m/infer", JSON_TYPE, { modelInBody: false, modalityInBody: false, streamInBody: false }],
    ["GET", "/v1/chat/completions", JSON_TYPE, { bodyMatters: false, modelInBody: false, modalityInBody: false }],
    ["POST", "/invocations", "image/png", { bodyMatters: false, modelInBody: false, modalityInBody: false }],
    ["POST", "/v1/audio/speech", "audio/wav", { bodyMatters: false }],
    ["POST", "/my/own", JSON_TYPE, { bodyMatters: true, modelInBody: true, modalityInBody: true, streamInBody: true }],
  ])("says of %s %s with %s whether its body matters", (method, path, contentType, expected) => {
    expect(askedOfHead(method, path, "", contentType)).toMatchObject(expected);
  });
});

describe("whether the answer is a stream", () => {
  it.each([
    ["/api/chat", {}, true],
    ["/api/generate", { stream: false }, false],
    ["/v1/messages", { stream: true }, true],
    ["/v1/messages", { stream: "yes" }, false],
    ["/v1beta/models/g:streamGenerateContent", {}, true],
    ["/v1beta/models/g:generateContent", { stream: true }, false],
    ["/generate_stream", {}, true],
    ["/generate", {}, false],
    ["/v2/models/m/generate_stream", {}, true],
    ["/my/own", { stream: true }, true],
    ["/my/own", {}, undefined],
  ])("%s with %j: %s", (path, body, stream) => {
    expect(post(path, body).stream).toBe(stream);
  });
});

describe("an API that nobody knows", () => {
  it("is read like the known ones", () => {
    const asked = post("/my/own", { model: "m", messages: [{ content: [{ type: "image_url" }] }], stream: true });
    expect(asked).toMatchObject({ model: "m", modality: "image", stream: true });
    expect(post("/my/own", { dataframe_split: {} }).modality).toBe("tabular");
    expect(post("/my/own", { question: "?" }).modality).toBe("unknown");
  });
});

describe("what lives on the server", () => {
  it.each([
    "/v1/files",
    "/v1/files/file-1/content",
    "/v1/batches/b/cancel",
    "/v1/threads/t/messages",
    "/v1/threads/t/runs",
    "/v1/conversations/c/items",
    "/v1/vector_stores",
    "/v1/responses/resp_1",
    "/v1/responses/resp_1/cancel",
    "/v1/chat/completions/c1",
    "/v1/assistants",
    "/v1/fine_tuning/jobs",
    "/v1/uploads/u/parts",
    "/v1/messages/batches",
    "/v1/videos",
    "/v1/videos/v1/content",
    "/v1beta/cachedContents/c",
    "/v1beta/models/g:batchGenerateContent",
    "/openai/files",
  ])("is asked of at %s", (path) => {
    expect(stateful(path)).toBe(true);
  });

  it.each([
    "/",
    "",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/responses/input_tokens",
    "/v1/messages",
    "/files/v1/chat/completions",
    "/v2/models/m/infer",
    "/my-files",
  ])("is not asked of at %j", (path) => {
    expect(stateful(path)).toBe(false);
  });

  it.each([
    ["/v1/responses", { previous_response_id: "resp_1" }, true],
    ["/v1/responses", { previous_response_id: null, conversation: null, store: false }, false],
    ["/v1/responses", { conversation: { id: "c" } }, true],
    ["/v1/responses", { background: true }, true],
    ["/v1/responses", { input: [{ type: "item_reference", id: "i" }] }, true],
    ["/v1/responses", { input: [{ content: [{ type: "input_image", file_id: "f" }] }] }, true],
    ["/v1/messages", { messages: [{ content: [{ type: "document", source: { type: "file", file_id: "f" } }] }] }, true],
    ["/v1beta/models/g:generateContent", { cachedContent: "cachedContents/c" }, true],
    ["/v2/models/m/infer", { parameters: { sequence_id: 42, sequence_start: true } }, true],
    ["/v2/models/m/infer", { parameters: { sequence_id: 0 } }, false],
    ["/v1/chat/completions", { messages: [{ content: [{ type: "text", text: "file_id" }] }] }, false],
  ])("is used by %s with %j: %s", (path, body, expected) => {
    expect(post(path, body).stateful).toBe(expected);
  });

  it("is what holds a session together", () => {
    expect(post("/v1/responses", { conversation: "c", prompt_cache_key: "k" }).session).toBe("c");
    expect(post("/v1/responses", { conversation: { id: "c" } }).session).toBe("c");
    expect(post("/v2/models/m/infer", { parameters: { sequence_id: 42 } }).session).toBe("42");
  });

  it("knows who is asking by several names", () => {
    expect(post("/v1/messages", { metadata: { user_id: "u" } }).user).toBe("u");
    expect(post("/v1/chat/completions", { user: "a", safety_identifier: "b" }).user).toBe("a");
  });
});

describe("a form", () => {
  const type = "multipart/form-data; boundary=xyz";
  const file = `--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--xy\r\n\r\n`;
  const field = (name: string, value: string) =>
    `--xyz\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

  it("names its model after the file as before it", () => {
    for (const body of [`${field("model", "w")}${file}--xyz--`, `${file}${field("model", "w")}--xyz--\r\n`]) {
      const asked = post("/v1/audio/transcriptions", body, type);
      expect(asked).toMatchObject({ model: "w", modality: "audio", stream: false });
    }
  });

  it("tells stream and user", () => {
    const body = `${field("stream", "true")}${field("user", "u")}${file}--xyz--`;
    expect(post("/v1/audio/transcriptions", body, type)).toMatchObject({ stream: true, user: "u", model: undefined });
  });

  it("is about what its file is, where no API is known", () => {
    expect(post("/my/own", `${file}--xyz--`, type).modality).toBe("audio");
  });

  it("has a model that the path does not overrule", () => {
    expect(post("/v1/images/edits", `${field("model", "dall")}--xyz--`, type)).toMatchObject({
      model: "dall",
      modality: "image",
    });
  });
});
