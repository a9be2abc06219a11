import { apiOfPath } from "./api-of-path.ts";

/**
 * How an answer must be read: whether something must have been made for it to be good, and what ends it when it is a stream.
 *
 * | family | how its streams end |
 * |---|---|
 * | `openai` | the event `[DONE]` |
 * | `responses` | `response.completed` or `response.incomplete` |
 * | `anthropic` | `message_stop` |
 * | `ollama` | a line with `"done": true` |
 * | `gemini` | an event with a `finishReason` |
 * | `tgi` | an event with the `generated_text` |
 * | `other` | nothing is known: neither an end nor that something must be made |
 */
export type AnswerFamily = "openai" | "responses" | "anthropic" | "ollama" | "gemini" | "tgi" | "other";

/** Paths are few; a flood of made-up ones only costs finding out anew. */
const found = new Map<string, AnswerFamily | undefined>();
const MOST_FOUND = 1_000;

/** How the answers to a POST must be read; undefined: the path is of no known API, or of one that makes nothing at once. */
export function inferenceFamilyOf(path: string): AnswerFamily | undefined {
  let family = found.get(path);
  if (family === undefined && !found.has(path)) {
    const api = apiOfPath("POST", path);
    family = api === undefined || api.shape.stateful === true ? undefined : answerFamilyOf(path);
    if (found.size >= MOST_FOUND) found.clear();
    found.set(path, family);
  }
  return family;
}

/** How paths end, without a slash at their end. The first that fits wins. */
const ENDINGS: readonly (readonly [ending: string, family: AnswerFamily])[] = [
  ["/chat/completions", "openai"],
  ["/completions", "openai"],
  ["/responses", "responses"],
  ["/v1/messages", "anthropic"],
  [":rawPredict", "anthropic"],
  [":streamRawPredict", "anthropic"],
  ["/api/chat", "ollama"],
  ["/api/generate", "ollama"],
  [":generateContent", "gemini"],
  [":streamGenerateContent", "gemini"],
];

/** The family of the answers to a path (without query). */
export function answerFamilyOf(path: string): AnswerFamily {
  const bare = path.endsWith("/") ? path.slice(0, -1) : path;
  for (const [ending, family] of ENDINGS) if (bare.endsWith(ending)) return family;
  // TGI's are at the root; the same words after a model's name are Triton's, whose streams just end.
  return bare === "/generate" || bare === "/generate_stream" ? "tgi" : "other";
}
