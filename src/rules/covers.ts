import { type CompiledCondition, compileConditions, matchesGlob } from "../routing/matcher.ts";
import type { Condition, Match, Rule, Window } from "../routing/rules.ts";

/** Which requests a rule or an entry of `match` takes, of those that get to it. */
export interface Taken {
  readonly conditions: readonly CompiledCondition[];
  /** When it takes them; undefined: at any time. */
  readonly between: Window | undefined;
}

/** How many values may still be compared. */
export interface Budget {
  left: number;
}

/** Every request has these, so `*` of them is no condition at all. */
const ALWAYS_PRESENT = new Set(["customerType", "modality", "method", "path"]);

export function ofConditions(conditions: readonly Condition[]): Taken {
  return { conditions: compileConditions(conditions), between: undefined };
}

/** A path is one more condition; its prefix `/x/*` is a glob like any other. */
export function ofMatch({ path, conditions }: Match): Taken {
  return ofConditions(path === undefined ? conditions : [{ fact: "path", values: [path] }, ...conditions]);
}

/** A rule that does not name stateful requests lets them pass by. */
export function ofRule({ when, between }: Pick<Rule, "when" | "between">): Taken {
  const named = when.some(({ fact }) => fact === "stateful");
  const all: readonly Condition[] = named ? when : [...when, { fact: "stateful", values: ["false"] }];
  return { conditions: compileConditions(all), between };
}

/** Whether every request that the second takes is taken by the first; false also when it is too much work to tell. */
export function covers(first: Taken, second: Taken, budget: Budget): boolean {
  if (!spans(first.between, second.between)) return false;
  return first.conditions.every((wide) => {
    if (wide.globs.includes("*") && ALWAYS_PRESENT.has(wide.fact)) return true;
    return second.conditions.some((narrow) => follows(wide, narrow, budget));
  });
}

function spans(wide: Window | undefined, narrow: Window | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && wide.from <= narrow.from && wide.until >= narrow.until;
}

/** Whether the wide condition holds wherever the narrow one does. */
function follows(wide: CompiledCondition, narrow: CompiledCondition, budget: Budget): boolean {
  budget.left -= 1;
  if (wide.fact !== narrow.fact || wide.name !== narrow.name) return false;
  const includes = (value: string) => {
    budget.left -= 1 + wide.globs.length;
    return wide.exact.has(value) || wide.globs.some((glob) => matchesGlob(glob, value));
  };
  if (budget.left < narrow.exact.size + narrow.globs.length) return false;
  // A glob that matches the text of another glob matches all that the other one does.
  return narrow.globs.every(includes) && [...narrow.exact].every(includes);
}
