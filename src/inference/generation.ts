/** What is asked of a model, in the words of OpenTelemetry's conventions for generative AI (`gen_ai.*`). */
export interface Generation {
  /** `gen_ai.operation.name` */
  readonly operation: "chat" | "text_completion" | "embeddings" | "generate_content";
  /** `gen_ai.provider.name`: whose API it is, not who serves it. */
  readonly provider: string;
}

/** How paths end, without a slash at their end. The first that fits wins. */
const ENDINGS: readonly (readonly [ending: string, operation: Generation["operation"], provider: string])[] = [
  ["/chat/completions", "chat", "openai"],
  ["/completions", "text_completion", "openai"],
  ["/responses", "chat", "openai"],
  ["/embeddings", "embeddings", "openai"],
  ["/images/generations", "generate_content", "openai"],
  ["/images/edits", "generate_content", "openai"],
  ["/audio/speech", "generate_content", "openai"],
  ["/audio/transcriptions", "generate_content", "openai"],
  ["/v1/messages", "chat", "anthropic"],
  [":rawPredict", "chat", "anthropic"],
  [":streamRawPredict", "chat", "anthropic"],
  ["/v1/complete", "text_completion", "anthropic"],
  [":generateContent", "generate_content", "gcp.gemini"],
  [":streamGenerateContent", "generate_content", "gcp.gemini"],
  [":embedContent", "embeddings", "gcp.gemini"],
  [":batchEmbedContents", "embeddings", "gcp.gemini"],
  ["/api/chat", "chat", "ollama"],
  ["/api/generate", "text_completion", "ollama"],
  ["/api/embed", "embeddings", "ollama"],
  ["/generate", "text_completion", "tgi"],
  ["/generate_stream", "text_completion", "tgi"],
];

/** undefined: nothing is generated, or nobody knows what. */
export function generationOf(method: string, path: string): Generation | undefined {
  if (method !== "POST") return undefined;
  const bare = path.endsWith("/") ? path.slice(0, -1) : path;
  const found = ENDINGS.find(([ending]) => bare.endsWith(ending));
  if (found === undefined) return undefined;
  const [, operation, provider] = found;
  // The same words behind a model's name are Triton's.
  return { operation, provider: provider === "tgi" && bare.startsWith("/v2/models/") ? "triton" : provider };
}
