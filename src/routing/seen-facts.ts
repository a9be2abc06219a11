import type { Facts } from "./facts.ts";
import type { CompiledCondition } from "./matcher.ts";
import type { Source } from "./rules.ts";
import type { SeenRequest } from "./seen-request.ts";
import { standIn } from "./seen-request.ts";
import { sourceText } from "./source-text.ts";
import type { CompiledRoute } from "./table.ts";

/** Names no header: asks for a customer in a way that a stand-in cannot answer. */
const CUSTOMER_LIKE = "customer like";

/** The facts of a request that was seen, and what rules asked of it in vain. */
export class SeenFacts implements Facts {
  readonly #seen: SeenRequest;
  readonly now: number;
  /** Where the route says what all its requests are about. */
  fixedModality: string | undefined;
  /** What was asked for and is not known, such as `header x-region`. */
  missing: string | undefined;

  constructor(seen: SeenRequest, now: number) {
    this.#seen = seen;
    this.now = now;
  }

  get method(): string {
    return this.#seen.method;
  }

  get path(): string {
    return this.#seen.path;
  }

  get bodyRead(): boolean {
    return this.#seen.bodyRead;
  }

  get customer(): string | undefined {
    return this.#seen.customer;
  }

  get customerType(): string {
    return this.#seen.customerType;
  }

  get trusted(): boolean {
    return this.#seen.trusted;
  }

  get typeKnown(): boolean {
    return this.#seen.typeKnown;
  }

  get canary(): string | undefined {
    return this.#seen.canary;
  }

  get model(): string | undefined {
    return this.#inBody(this.#seen.model, "model");
  }

  get stream(): boolean | undefined {
    return this.#inBody(this.#seen.stream, "stream");
  }

  get stateful(): boolean {
    return this.#seen.stateful;
  }

  get modality(): string {
    return this.fixedModality ?? this.#seen.modality;
  }

  header(name: string): string | undefined {
    if (name === CUSTOMER_LIKE) {
      if (this.customer !== undefined) this.missing ??= "customers by a pattern";
      return this.customer;
    }
    for (const [known, value] of this.#seen.headers) if (known === name) return value;
    this.missing ??= `header ${name}`;
    return undefined;
  }

  /** The stand-in of what the source said. */
  value(source: Source): string | undefined {
    if (source.from === "customer") return this.customer;
    const text = sourceText(source);
    for (const [known, value] of this.#seen.keys) if (known === text) return value;
    this.missing ??= text;
    return undefined;
  }

  #inBody<T>(value: T | undefined, called: string): T | undefined {
    if (value === undefined && !this.bodyRead) this.missing ??= called;
    return value;
  }
}

/** A route whose conditions ask for stand-ins, and whose buckets are all drawn. */
export function routeForSeen(compiled: CompiledRoute, secret: number): CompiledRoute {
  return {
    ...compiled,
    route: { ...compiled.route, stickyBy: [] },
    override: compiled.override?.map((condition) => conditionForSeen(condition, secret)),
    rules: compiled.rules.map((rule) => ({
      ...rule,
      conditions: rule.conditions.map((condition) => conditionForSeen(condition, secret)),
    })),
  };
}

function conditionForSeen(condition: CompiledCondition, secret: number): CompiledCondition {
  if (condition.fact !== "customer") return condition;
  const exact = new Set([...condition.exact].map((customer) => standIn(customer, secret)));
  const globs = condition.globs.filter((glob) => glob === "*");
  if (globs.length > 0 || condition.globs.length === 0) return { ...condition, exact, globs };
  return { fact: "header", name: CUSTOMER_LIKE, exact, globs };
}
