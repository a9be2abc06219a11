/**
 * What the keys and names mean that model servers write into their answers. They are told apart by a hash of their bytes,
 * so that nothing has to be copied or made a string of while an answer passes.
 */

/** Meanings of JSON keys. */
export const KEY_NONE = 0;
/** What went wrong, at the top of an answer. */
export const KEY_ERROR = 1;
/** The kind of an event or object, at the top. */
export const KEY_TYPE = 2;
/** A string that is something the model has made. */
export const KEY_CONTENT = 3;
/** An object or list that is something the model has made. */
export const KEY_CALL = 4;
export const KEY_PROMPT_TOKENS = 5;
export const KEY_COMPLETION_TOKENS = 6;
/** Ollama: true in the last line. */
export const KEY_DONE = 7;
/** Gemini: a string in the last event. */
export const KEY_FINISH = 8;
/** TGI: a string in the last event, and all that was made. */
export const KEY_GENERATED_TEXT = 9;

/** Meanings of names: SSE events, and the values of `KEY_TYPE`. */
export const NAME_NONE = 0;
export const NAME_ERROR = 1;
/** The last event of Anthropic's streams. */
export const NAME_MESSAGE_STOP = 2;
/** The last event of OpenAI's responses, however much of it there was to say. */
export const NAME_RESPONSE_COMPLETED = 3;

/** No known word is longer. */
export const LONGEST_WORD = 24;

/** Add byte after byte to this. */
export const HASH_START = 0x811c9dc5 | 0;

/** FNV-1a, 32 bits. */
export function hashOn(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

const KEYS = wordMap([
  [KEY_ERROR, "error"],
  [KEY_TYPE, "type", "object"],
  [KEY_CONTENT, "content", "text", "delta", "response", "refusal", "arguments", "partial_json", "b64_json"],
  [KEY_CONTENT, "reasoning_content", "reasoning", "thinking", "transcript", "text_output", "url"],
  [KEY_CALL, "tool_calls", "function_call", "functionCall", "tool_use", "audio", "inlineData", "executableCode"],
  [KEY_PROMPT_TOKENS, "prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count"],
  [KEY_COMPLETION_TOKENS, "completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count"],
  [KEY_COMPLETION_TOKENS, "generated_tokens"],
  [KEY_DONE, "done"],
  [KEY_FINISH, "finishReason"],
  [KEY_GENERATED_TEXT, "generated_text"],
]);

const NAMES = wordMap([
  [NAME_ERROR, "error", "response.failed"],
  [NAME_MESSAGE_STOP, "message_stop"],
  [NAME_RESPONSE_COMPLETED, "response.completed", "response.incomplete"],
]);

/** The meaning of a key of that hash. */
export function keyOf(hash: number): number {
  return KEYS.get(hash) ?? KEY_NONE;
}

/** The meaning of a name of that hash. */
export function nameOf(hash: number): number {
  return NAMES.get(hash) ?? NAME_NONE;
}

function wordMap(rows: readonly (readonly [meaning: number, ...words: string[]])[]): ReadonlyMap<number, number> {
  const map = new Map<number, number>();
  for (const [meaning, ...words] of rows) {
    for (const word of words) {
      let hash = HASH_START;
      for (let i = 0; i < word.length; i++) hash = hashOn(hash, word.charCodeAt(i));
      map.set(hash, meaning);
    }
  }
  return map;
}
