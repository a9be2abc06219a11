import type { Rules } from "../routing/rules.ts";
import { readDocument } from "./document.ts";
import { rootPlace } from "./place.ts";
import { Reading } from "./reading.ts";
import { type RuleError, ruleErrors } from "./rule-error.ts";
import { treeOf } from "./yaml-tree.ts";

export type ReadRules =
  | { readonly kind: "rules"; readonly rules: Rules }
  /** Never empty; in the order of the text. */
  | { readonly kind: "refused"; readonly errors: readonly RuleError[] };

/** YAML text → rules that `compile` can build, or all that is wrong with it. Never throws. */
export function readRules(text: string): ReadRules {
  const { root, mistakes } = treeOf(text);
  const reading = new Reading();
  const rules = root && readDocument(reading, rootPlace(root));
  // Where the YAML itself is wrong, nothing more can be said about the value that it did not give.
  const broken = new Set(mistakes.map(({ path }) => path).filter((path) => path !== ""));
  const all = [...mistakes, ...reading.mistakes.filter(({ path }) => !broken.has(path))];
  if (rules !== undefined && all.length === 0) return { kind: "rules", rules };
  return { kind: "refused", errors: ruleErrors(all, text) };
}
