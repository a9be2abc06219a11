/** A key that names the model, and its value. In a string a quote has a backslash before it, so no text passes for a key. */
const NAMED = /(?<!\\)"(?:model|modelVersion)"\s{0,8}:\s{0,8}"([^"\\\x00-\x1f]{1,200})"/;

/**
 * The model that an answer says it is of: JSON, or a stream of it, however framed. Looks no further than the bytes that are
 * given; in `text` each char is a byte.
 */
export function modelInAnswer(text: string): string | undefined {
  return NAMED.exec(text)?.[1];
}
