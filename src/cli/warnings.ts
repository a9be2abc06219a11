import type { RuleError } from "../rules/rule-error.ts";

/** What a router says about rules that it took, on stderr, so that nobody mistakes it for the answer. */
export function printWarnings(warnings: readonly RuleError[]): void {
  for (const { line, column, path, message } of warnings) {
    console.error(`canary-router: warning: ${line}:${column}: ${path}: ${message}`);
  }
}
