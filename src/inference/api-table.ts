import type { Modality } from "./modality.ts";

/**
 * One way in which a model server can be asked. `docs/inference.md` prints this table.
 *
 * `path` is how the path ends; any prefix may stand before it unless `whole`. `{model}` is the model's name, `{…}` of any
 * other name is a segment that does not matter. `{model}:verb` is one segment.
 */
export interface ApiShape {
  readonly api: string;
  readonly path: string;
  readonly whole?: true;
  /** Only requests of this method; absent: all. */
  readonly method?: "GET" | "POST";
  readonly model: ModelPlace;
  readonly modality: ModalityRule;
  readonly streams: StreamRule;
  /** What it makes lives on the server that was asked. */
  readonly stateful?: true;
  /** Its body can name something that lives there: an earlier answer, a conversation. */
  readonly continues?: true;
}

/** Where the model is named: `body` is the JSON key or form field `model`, `query` the parameter `model`. */
export type ModelPlace = "path" | "query" | "body" | "nowhere";

/**
 * - a modality: always that
 * - `content`: text, unless the messages hold something of another kind
 * - `instances`: tabular; a list of strings is text, arrays within rows are tensors
 * - `data`: what the media type or the keys of the body say: data frames and CSV are tabular, `inputs` and `instances` are
 *   tensors unless they are strings, messages as with `content`. Tabular when they say nothing.
 */
export type ModalityRule = Modality | "content" | "instances" | "data" | "unknown";

/** Whether the answer is a stream: `if asked` by `stream: true`, `unless refused` by `stream: false`, or whatever the body says. */
export type StreamRule = "if asked" | "unless refused" | "always" | "never";

const OPENAI: readonly ApiShape[] = [
  openai("/chat/completions", "content", "if asked"),
  openai("/completions", "text", "if asked"),
  { ...openai("/responses", "content", "if asked"), continues: true },
  openai("/responses/compact", "content", "never"),
  openai("/responses/input_tokens", "content", "never"),
  openai("/embeddings", "embedding", "never"),
  openai("/moderations", "content", "never"),
  openai("/images/generations", "image", "if asked"),
  openai("/images/edits", "image", "if asked"),
  openai("/images/variations", "image", "never"),
  openai("/audio/speech", "audio", "if asked"),
  openai("/audio/transcriptions", "audio", "if asked"),
  openai("/audio/translations", "audio", "never"),
  { ...openai("/videos", "video", "never"), stateful: true },
  { ...openai("/realtime", "audio", "always"), model: "query" },
];

/** The first that fits wins among those with the same number of segments; longer ones are tried before shorter ones. */
export const API_TABLE: readonly ApiShape[] = [
  { ...openai("/chat/completions", "text", "never"), method: "GET", model: "nowhere", stateful: true },
  ...OPENAI,
  ...OPENAI.filter(({ model, stateful }) => model === "body" && stateful === undefined).map((shape): ApiShape => {
    return { ...shape, api: "Azure OpenAI", path: `/deployments/{model}${shape.path}`, model: "path" };
  }),
  { api: "OpenAI, KServe v1", path: "/v1/models/{model}", method: "GET", ...described("path") },
  { api: "Anthropic", path: "/v1/messages", ...spoken("body", "if asked") },
  { api: "Anthropic", path: "/v1/messages/count_tokens", ...spoken("body", "never") },
  { api: "Anthropic", path: "/v1/complete", model: "body", modality: "text", streams: "if asked" },
  { api: "Anthropic on Vertex", path: "/{model}:rawPredict", method: "POST", ...spoken("path", "never") },
  { api: "Anthropic on Vertex", path: "/{model}:streamRawPredict", method: "POST", ...spoken("path", "always") },
  { api: "Gemini", path: "/{model}:generateContent", method: "POST", ...spoken("path", "never") },
  { api: "Gemini", path: "/{model}:streamGenerateContent", method: "POST", ...spoken("path", "always") },
  { api: "Gemini", path: "/{model}:countTokens", method: "POST", ...spoken("path", "never") },
  { api: "Gemini", path: "/{model}:batchGenerateContent", method: "POST", ...spoken("path", "never"), stateful: true },
  gemini("/{model}:embedContent", "embedding"),
  gemini("/{model}:batchEmbedContents", "embedding"),
  gemini("/v1beta/models/{model}:predict", "image"),
  { ...gemini("/{model}:predictLongRunning", "video"), stateful: true },
  oip("/v2/models/{model}/infer", "tensor", "never"),
  oip("/v2/models/{model}/versions/{version}/infer", "tensor", "never"),
  { api: "Open Inference Protocol v2", path: "/v2/models/{model}", method: "GET", ...described("path") },
  { api: "Open Inference Protocol v2", path: "/v2/models/{model}/ready", method: "GET", ...described("path") },
  triton("/v2/models/{model}/generate", "never"),
  triton("/v2/models/{model}/versions/{version}/generate", "never"),
  triton("/v2/models/{model}/generate_stream", "always"),
  triton("/v2/models/{model}/versions/{version}/generate_stream", "always"),
  predict("KServe v1", "/{model}:predict"),
  predict("KServe v1", "/{model}:explain"),
  ...["predict", "classify", "regress"].flatMap((verb) => [
    predict("TensorFlow Serving", `/models/{model}/versions/{version}:${verb}`),
    predict("TensorFlow Serving", `/models/{model}/labels/{label}:${verb}`),
  ]),
  predict("TensorFlow Serving", "/{model}:classify"),
  predict("TensorFlow Serving", "/{model}:regress"),
  { api: "MLflow, SageMaker", path: "/invocations", model: "body", modality: "data", streams: "if asked" },
  {
    api: "SageMaker multi-model",
    path: "/models/{model}/invoke",
    model: "path",
    modality: "data",
    streams: "if asked",
  },
  { api: "TGI", path: "/generate", whole: true, model: "nowhere", modality: "text", streams: "never" },
  { api: "TGI", path: "/generate_stream", whole: true, model: "nowhere", modality: "text", streams: "always" },
  { api: "Ollama", path: "/api/chat", ...spoken("body", "unless refused") },
  { api: "Ollama", path: "/api/generate", ...spoken("body", "unless refused") },
  { api: "Ollama", path: "/api/embed", model: "body", modality: "embedding", streams: "never" },
  { api: "Ollama", path: "/api/embeddings", model: "body", modality: "embedding", streams: "never" },
  { api: "vLLM, Cohere, Jina", path: "/rerank", model: "body", modality: "text", streams: "never" },
  { api: "vLLM", path: "/score", model: "body", modality: "text", streams: "never" },
  { api: "vLLM", path: "/pooling", model: "body", modality: "embedding", streams: "never" },
];

/** Segments whose paths speak of what lives on one server, where no shape above fits. */
export const STATEFUL_SEGMENTS: ReadonlyMap<string, Modality | "unknown"> = new Map([
  ["files", "file"],
  ["uploads", "file"],
  ["upload", "file"], // Gemini: /upload/v1beta/files
  ["batches", "unknown"],
  ["threads", "text"],
  ["assistants", "text"],
  ["conversations", "text"],
  ["responses", "text"], // with an id behind it; alone it is a shape
  ["completions", "text"], // stored ones
  ["vector_stores", "file"],
  ["fine_tuning", "unknown"],
  ["evals", "unknown"],
  ["containers", "file"],
  ["videos", "video"],
  ["jobs", "unknown"], // Azure: /video/generations/jobs
  ["realtime", "audio"], // sessions, calls, client secrets
  ["cachedContents", "unknown"], // Gemini
  ["tunedModels", "unknown"],
  ["operations", "unknown"],
  ["systemsharedmemory", "tensor"], // Triton
  ["cudasharedmemory", "tensor"],
  ["repository", "unknown"],
  ["load_lora_adapter", "unknown"], // vLLM
  ["unload_lora_adapter", "unknown"],
  ["blobs", "unknown"], // Ollama
]);

function openai(path: string, modality: ModalityRule, streams: StreamRule): ApiShape {
  return { api: "OpenAI", path, model: "body", modality, streams };
}

function gemini(path: string, modality: Modality): ApiShape {
  return { api: "Gemini", path, method: "POST", model: "path", modality, streams: "never" };
}

function oip(path: string, modality: Modality, streams: StreamRule): ApiShape {
  return { api: "Open Inference Protocol v2", path, model: "path", modality, streams };
}

function triton(path: string, streams: StreamRule): ApiShape {
  return { api: "Triton", path, ...spoken("path", streams) };
}

function predict(api: string, path: string): ApiShape {
  return { api, path, method: "POST", model: "path", modality: "instances", streams: "never" };
}

function spoken(model: ModelPlace, streams: StreamRule): Pick<ApiShape, "model" | "modality" | "streams"> {
  return { model, modality: "content", streams };
}

function described(model: ModelPlace): Pick<ApiShape, "model" | "modality" | "streams"> {
  return { model, modality: "unknown", streams: "never" };
}
