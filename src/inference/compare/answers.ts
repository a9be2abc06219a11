import { generatedText } from "./generated-text.ts";
import { compareJson } from "./json.ts";
import { compareLabels } from "./labels.ts";
import type { Likeness } from "./likeness.ts";
import { compareTensors } from "./tensors.ts";
import { compareText } from "./text.ts";

/** How to compare, where it takes nobody else. */
export type How =
  | { readonly as: "json"; readonly tolerance: number; readonly ignore: readonly (readonly string[])[] }
  | { readonly as: "text"; readonly similarity: number }
  | { readonly as: "tensors"; readonly tolerance: number }
  | { readonly as: "labels"; readonly tolerance: number };

/** A body, out of its coding. */
export interface AnswerText {
  readonly text: string;
  readonly contentType: string | undefined;
}

const STREAM = /^(text\/event-stream|application\/(x-)?(ndjson|jsonlines|jsonl))\b/i;

/** undefined: they are not what this way to compare is for. Never throws. */
export function compareAnswers(how: How, primary: AnswerText, shadow: AnswerText): Likeness | undefined {
  try {
    switch (how.as) {
      case "text": {
        const [a, b] = [madeIn(primary), madeIn(shadow)];
        return a === undefined || b === undefined ? undefined : compareText(a, b, how.similarity);
      }
      case "json":
        return compareJson(parsed(primary.text), parsed(shadow.text), how);
      case "tensors":
        return compareTensors(parsed(primary.text), parsed(shadow.text), how.tolerance);
      case "labels":
        return compareLabels(parsed(primary.text), parsed(shadow.text), how.tolerance);
    }
  } catch {
    return undefined;
  }
}

/** Plain text is all made. @throws RangeError as `parsed` does. */
function madeIn({ text, contentType = "" }: AnswerText): string | undefined {
  if (/^text\/plain\b/i.test(contentType)) return text;
  const isStream = STREAM.test(contentType);
  // Of a stream one event after the other is looked at.
  if (!isStream) refuseMany(text);
  return generatedText(text, isStream);
}

/** @throws RangeError when it holds more values than are good for the memory; SyntaxError when it is no JSON. */
function parsed(text: string): unknown {
  refuseMany(text);
  return JSON.parse(text);
}

/** So many are read: one of three bytes takes some hundred then, and a thread without memory ends the whole router. */
const MOST_VALUES = 300_000;
const [COMMA, OPEN_LIST, OPEN_OBJECT] = [0x2c, 0x5b, 0x7b];

function refuseMany(text: string): void {
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === COMMA || char === OPEN_LIST || char === OPEN_OBJECT) values++;
  }
  if (values > MOST_VALUES) throw new RangeError(`The answer holds more than ${MOST_VALUES} values.`);
}
