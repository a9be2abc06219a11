import type { Facts } from "./facts.ts";
import { type CompiledCondition, holdAll } from "./matcher.ts";

/**
 * Whether `x-canary` of this request is obeyed: where all conditions hold, and the sender is believed. Of others nobody
 * is obeyed for what anyone can write, but whoever has proven to be a customer, or of a type, that a condition names.
 */
export function mayChoose(conditions: readonly CompiledCondition[], facts: Facts): boolean {
  if (facts.trusted) return holdAll(conditions, facts);
  // Asked first: what cannot be proven needs no look-up.
  if (!conditions.some(({ fact }) => fact === "customer" || fact === "customerType")) return false;
  return holdAll(conditions, facts) && conditions.some(({ fact }) => isProven(fact, facts));
}

/** Of an untrusted sender a customer or a type is known by a verified token or by an API key, or not at all. */
function isProven(fact: CompiledCondition["fact"], facts: Facts): boolean {
  return fact === "customer" || (fact === "customerType" && facts.typeKnown);
}
