import { bucketOf } from "./bucket.ts";
import type { Cuts } from "./cuts.ts";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { type Decided, decided } from "./explain.ts";
import { findRoute } from "./path-index.ts";
import { routeForSeen, SeenFacts } from "./seen-facts.ts";
import type { SeenRequest } from "./seen-request.ts";
import { isShadowCut, isShadowed } from "./shadow.ts";
import { atOnce, type CompiledRoute, type Table } from "./table.ts";
import { type Tallied, Tally } from "./tally.ts";

/** What a draft of the rules would have done with requests that were seen. */
export interface Preview extends Tallied {
  /** Who moves: a few of each direction. */
  readonly examples: readonly Example[];
  /** Requests of which the draft, or the rules in force, ask what was not kept; they are in none of the other numbers. */
  readonly unsure: { readonly requests: number; readonly missing: readonly string[] };
  /** How many of them a shadow's share has in it, by the rules in force and by the draft; of those who, is a sample's. */
  readonly copied: { readonly before: number; readonly after: number };
  /** Whether who is asking, a salt or what routes are sticky by changes: then the numbers are a sample's, and who moves is not known. */
  readonly inexact: boolean;
}

export type Direction =
  | "to candidate"
  | "to stable"
  | "to another version" // of the same track
  | "to a route" // none of the rules in force took it
  | "to no route";

export interface Example {
  readonly direction: Direction;
  /** The first half of a stand-in of the customer, else of the key; undefined: there was neither. */
  readonly caller: string | undefined;
  readonly customerType: string;
  readonly modality: string;
  readonly before: Decided | undefined;
  readonly after: Decided | undefined;
}

/** The moment at which the draft would be in force, the cuts then, and the number that stand-ins were made with. */
export interface PreviewTerms {
  readonly cuts: Cuts;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly secret: number;
}

const EXAMPLES_EACH = 5;

/** Decides every request by the rules in force and by the draft. Some 10 µs a request. */
export function preview(draft: Table, current: Table, seen: readonly SeenRequest[], terms: PreviewTerms): Preview {
  return atOnce(previewing(draft, current, seen, terms));
}

/** The same, one request at a time. */
export function* previewing(
  draft: Table,
  current: Table,
  seen: readonly SeenRequest[],
  terms: PreviewTerms,
): Generator<undefined, Preview> {
  const before = new Judge(current, terms);
  const after = new Judge(draft, terms);
  const tally = new Tally();
  const examples = new Map<Direction, Example[]>();
  const missing = new Set<string>();
  const copied = { before: 0, after: 0 };
  let unsure = 0;
  for (const request of seen) {
    yield;
    const [was, is] = [before.judge(request), after.judge(request)];
    const lacks = was.missing ?? is.missing;
    if (lacks !== undefined) {
      unsure++;
      missing.add(lacks);
      continue;
    }
    if (was.copied) copied.before++;
    if (is.copied) copied.after++;
    const direction = directionOf(was.decided, is.decided);
    const caller = request.customer || request.keys.at(-1)?.[1];
    const { customerType, modality } = request;
    const where = is.decided ?? was.decided;
    tally.add({ route: where?.route, rule: where?.rule, customerType, modality, caller, direction });
    if (direction === undefined) continue;
    const shown = examples.get(direction) ?? [];
    if (shown.length === 0) examples.set(direction, shown);
    const short = caller?.slice(0, 7);
    if (shown.length === EXAMPLES_EACH || shown.some((one) => short !== undefined && one.caller === short)) continue;
    shown.push({ direction, caller: short, customerType, modality, before: was.decided, after: is.decided });
  }
  return {
    ...tally.result(),
    examples: [...examples.values()].flat(),
    unsure: { requests: unsure, missing: [...missing] },
    copied,
    inexact: after.inexact || JSON.stringify(draft.customers) !== JSON.stringify(current.customers),
  };
}

function directionOf(before: Decided | undefined, after: Decided | undefined): Direction | undefined {
  if (before === undefined) return after === undefined ? undefined : "to a route";
  if (after === undefined) return "to no route";
  if (before.track !== after.track) return after.track === "candidate" ? "to candidate" : "to stable";
  return before.route === after.route && before.version === after.version ? undefined : "to another version";
}

interface Judgement {
  readonly decided: Decided | undefined;
  readonly missing: string | undefined;
  readonly copied: boolean;
}

/** Decides seen requests by one table. */
class Judge {
  /** A bucket had to be found from a stand-in. */
  inexact = false;
  readonly #table: Table;
  readonly #terms: PreviewTerms;
  readonly #routes = new Map<CompiledRoute, CompiledRoute>();

  constructor(table: Table, terms: PreviewTerms) {
    this.#table = table;
    this.#terms = terms;
  }

  judge(seen: SeenRequest): Judgement {
    const facts = new SeenFacts(seen, this.#terms.now);
    const found = findRoute(this.#table, facts);
    if (found === undefined) return { decided: undefined, missing: facts.missing, copied: false };
    const route = this.#routes.get(found) ?? routeForSeen(found, this.#terms.secret);
    this.#routes.set(found, route);
    const { modality } = found.route;
    facts.fixedModality = modality.from === "fixed" ? modality.modality : undefined;
    const decision = decide(route, facts, this.#terms.cuts, () => this.#bucket(found, facts, seen));
    const { missing } = facts;
    return { decided: decided(decision), missing, copied: this.#isCopied(decision, facts, seen) };
  }

  /** A stand-in of the key falls where it falls: as many as the key would, and not the same. */
  #isCopied(decision: Decision, facts: SeenFacts, { bucket }: SeenRequest): boolean {
    const plan = decision.shadow;
    if (plan === undefined || isShadowCut(plan, decision.rule, facts, this.#terms.cuts)) return false;
    return isShadowed(plan, decision, facts, () => bucketOf(plan.salt, String(bucket)));
  }

  #bucket({ route, salt }: CompiledRoute, facts: SeenFacts, seen: SeenRequest): number {
    const kept = seen.keys.at(-1)?.[1];
    for (const source of route.stickyBy) {
      const key = facts.value(source);
      if (key === undefined || key === "") continue;
      if (key === kept && salt === seen.salt) return seen.bucket;
      this.inexact = true;
      return bucketOf(salt, key);
    }
    if (kept !== undefined) this.inexact = true;
    return seen.bucket;
  }
}
