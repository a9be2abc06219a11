import { readRules } from "../../rules/read-rules.ts";
import { textDiff } from "../../rules/text-diff.ts";
import { wordsBetween } from "../../rules/words.ts";

/** The difference of two texts, in words (none where one of them has mistakes) and line by line. */
export function between(
  before: string,
  after: string,
): { readonly words: readonly string[]; readonly lines: readonly string[] } {
  return { words: wordsBetween(readRules(before), readRules(after)), lines: textDiff(before, after) };
}
