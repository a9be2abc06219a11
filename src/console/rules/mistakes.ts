import type { RuleError } from "../../rules/rule-error.ts";

/** The mistakes of one field: those at its path, and inside it. */
export function mistakesAt(mistakes: readonly RuleError[], path: string): readonly RuleError[] {
  return mistakes.filter(
    (one) => one.path === path || (one.path.startsWith(path) && /[.[]/.test(one.path[path.length] ?? "")),
  );
}

/** The first of them as a sentence for the field; undefined: it is right. */
export function mistakeAt(mistakes: readonly RuleError[], path: string): string | undefined {
  return mistakesAt(mistakes, path)[0]?.message;
}
