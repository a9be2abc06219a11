import type { Rules } from "../routing/rules.ts";
import { readDocument } from "./document.ts";
import { rootPlace } from "./place.ts";
import { Reading } from "./reading.ts";
import { type RuleError, ruleErrors } from "./rule-error.ts";
import { treeOf } from "./yaml-tree.ts";

export type ReadRules =
  /** `warnings`: what is no reason to refuse them, in the order of the text. */
  | { readonly kind: "rules"; readonly rules: Rules; readonly warnings: readonly RuleError[] }
  /** Never empty; in the order of the text. */
  | { readonly kind: "refused"; readonly errors: readonly RuleError[] };

/**
 * What becomes of tests that fail: they refuse an edit, but not a share that somebody lowers, nor what the router itself has
 * written so.
 */
export type FailingTests = "refused" | "told";

/** YAML text → rules that `compile` can build, or all that is wrong with it. Never throws. */
export function readRules(text: string, failing: FailingTests = "refused"): ReadRules {
  const { root, mistakes } = treeOf(text);
  const reading = new Reading();
  const rules = root && readDocument(reading, rootPlace(root));
  // Where the YAML itself is wrong, nothing more can be said about the value that it did not give.
  const broken = new Set(mistakes.map(({ path }) => path).filter((path) => path !== ""));
  const all = [...mistakes, ...reading.mistakes.filter(({ path }) => !broken.has(path))];
  const failures = reading.failingTests.filter(({ path }) => !broken.has(path));
  if (rules !== undefined && all.length === 0 && (failing === "told" || failures.length === 0)) {
    return { kind: "rules", rules, warnings: ruleErrors(failures, text) };
  }
  return { kind: "refused", errors: ruleErrors([...all, ...failures], text) };
}
