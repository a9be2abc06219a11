import { type Detector, redactText } from "./redact-text.ts";

/** What is not to be kept of a body. */
export interface Redaction {
  /** JSON pointers (RFC 6901) with their steps unescaped; the step `*` is every member or element. */
  readonly pointers: readonly (readonly string[])[];
  readonly detect: readonly Detector[];
}

/** What stands in the place of a value that a pointer leads to. */
export const REDACTED = "[redacted]";

/** Nobody's requests nest so. */
const DEEPEST = 200;

/** Members that hold secrets by their names. Not `token`: that is what models make. */
const SECRET_NAME =
  /^(?:(?:api|access|secret|private|auth)[_-]?key|(?:access|refresh|id|auth|session)[_-]?token|(?:client[_-]?)?secret|passw(?:or)?d|authorization)$/i;

/** Members that say once more, token by token, what was generated: in such pieces nobody finds an address. */
const IN_PIECES = new Set(["logprobs", "prompt_logprobs", "tokens", "prefill"]);

/**
 * A copy of a JSON value without what is not to be kept: in names, in texts and in numbers.
 *
 * @throws RangeError when it nests deeper than 200.
 */
export function redactJson(value: unknown, { pointers, detect }: Redaction): unknown {
  return redacted(value, pointers, detect, 0);
}

function redacted(
  value: unknown,
  pointers: readonly (readonly string[])[],
  detect: readonly Detector[],
  depth: number,
): unknown {
  if (depth > DEEPEST) throw new RangeError(`the JSON nests deeper than ${DEEPEST}`);
  if (pointers.some((steps) => steps.length === depth && depth > 0)) return REDACTED;
  if (typeof value === "string") return redactText(value, detect);
  if (typeof value === "number") return redactedNumber(value, detect);
  if (typeof value !== "object" || value === null) return value;
  const below = (step: string) => pointers.filter((steps) => steps[depth] === step || steps[depth] === "*");
  if (Array.isArray(value)) return value.map((one, i) => redacted(one, below(String(i)), detect, depth + 1));
  const member = (name: string, one: unknown): unknown => {
    if (typeof one === "string" && detect.includes("key") && SECRET_NAME.test(name)) return "[key]";
    if (typeof one === "object" && one !== null && detect.length > 0 && IN_PIECES.has(name)) return REDACTED;
    return redacted(one, below(name), detect, depth + 1);
  };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [redactText(name, detect), member(name, one)]));
}

/** A card can be written as a number. One that is too large to be known digit by digit may be one. */
function redactedNumber(value: number, detect: readonly Detector[]): number | string {
  if (!Number.isInteger(value) || value < 1e12 || value >= 1e19 || !detect.includes("card")) return value;
  if (!Number.isSafeInteger(value)) return "[card]";
  const text = redactText(String(value), ["card"]);
  return text === String(value) ? value : text;
}
