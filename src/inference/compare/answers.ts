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
        return compareJson(JSON.parse(primary.text), JSON.parse(shadow.text), how);
      case "tensors":
        return compareTensors(JSON.parse(primary.text), JSON.parse(shadow.text), how.tolerance);
      case "labels":
        return compareLabels(JSON.parse(primary.text), JSON.parse(shadow.text), how.tolerance);
    }
  } catch {
    return undefined;
  }
}

/** Plain text is all made. */
function madeIn({ text, contentType = "" }: AnswerText): string | undefined {
  if (/^text\/plain\b/i.test(contentType)) return text;
  return generatedText(text, STREAM.test(contentType));
}
