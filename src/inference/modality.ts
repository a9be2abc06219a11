/** What a request can be about. */
export const MODALITIES = ["text", "image", "audio", "video", "file", "embedding", "tabular", "tensor"] as const;

export type Modality = (typeof MODALITIES)[number];

/** How the paths of model servers' APIs end. The first that fits wins, so the narrower stand before the wider. */
const ENDINGS: readonly (readonly [RegExp, Modality])[] = [
  // OpenAI and those who speak it, under any prefix (`/v1`, `/openai/v1`, `/openai/deployments/x`)
  [/\/embeddings$/, "embedding"],
  [/\/images(\/(generations|edits|variations))?$/, "image"],
  [/\/audio(\/(speech|transcriptions|translations))?$/, "audio"],
  [/\/videos$/, "video"],
  [/\/files$/, "file"],
  [/\/(chat\/completions|completions|responses|moderations)$/, "text"],
  // Anthropic
  [/\/v1\/messages$/, "text"],
  // Open Inference Protocol: Triton, KServe, MLServer
  [/\/v2\/models\/[^/]+(\/versions\/[^/]+)?\/(infer|generate|generate_stream)$/, "tensor"],
  // KServe and TensorFlow Serving v1, MLflow and SageMaker
  [/\/v1\/models\/[^/]+:(predict|explain|classify|regress)$/, "tabular"],
  [/:predict$/, "tabular"],
  [/\/invocations$/, "tabular"],
  // Ollama
  [/\/api\/(embed)$/, "embedding"],
  [/\/api\/(chat|generate)$/, "text"],
  // Text Generation Inference
  [/^\/(generate|generate_stream)$/, "text"],
];

/** The modality that a path (without query) stands for; `unknown` where it says nothing. */
export function modalityOfPath(path: string): Modality | "unknown" {
  for (const [ending, modality] of ENDINGS) if (ending.test(path)) return modality;
  return "unknown";
}

export function isModality(value: string): value is Modality {
  return MODALITIES.some((modality) => modality === value);
}
