import type { Direction } from "./preview.ts";

export interface Count {
  readonly requests: number;
  /** Different customers, or keys where the customer is not known. */
  readonly callers: number;
}

/** A part of the requests: how many there are, and how many of them move where. */
export interface Group {
  readonly seen: Count;
  /** Directions that nobody takes are not there. */
  readonly moves: Readonly<Partial<Record<Direction, Count>>>;
}

export interface NamedGroup extends Group {
  readonly name: string;
}

/** Sums of a preview. Routes and rules are those of the draft; where it has none for a request, those in force. */
export interface Tallied {
  readonly total: Group;
  readonly routes: readonly NamedGroup[];
  readonly rules: readonly (NamedGroup & { readonly route: string })[];
  readonly customerTypes: readonly NamedGroup[];
  readonly modalities: readonly NamedGroup[];
}

interface Move {
  readonly route: string | undefined;
  readonly rule: string | undefined;
  readonly customerType: string;
  readonly modality: string;
  readonly caller: string | undefined;
  /** undefined: it stays. */
  readonly direction: Direction | undefined;
}

/** Counts requests and their callers, as a whole and by what they have in common. */
export class Tally {
  readonly #total = new Sum();
  readonly #routes = new Map<string, Sum>();
  readonly #rules = new Map<string, Map<string, Sum>>();
  readonly #customerTypes = new Map<string, Sum>();
  readonly #modalities = new Map<string, Sum>();

  add({ route, rule, customerType, modality, caller, direction }: Move): void {
    const sums = [this.#total, sumOf(this.#customerTypes, customerType), sumOf(this.#modalities, modality)];
    if (route !== undefined) sums.push(sumOf(this.#routes, route));
    if (route !== undefined && rule !== undefined) {
      const rules = this.#rules.get(route) ?? new Map<string, Sum>();
      this.#rules.set(route, rules);
      sums.push(sumOf(rules, rule));
    }
    for (const sum of sums) sum.add(caller, direction);
  }

  result(): Tallied {
    return {
      total: this.#total.result(),
      routes: named(this.#routes),
      rules: [...this.#rules].flatMap(([route, rules]) => named(rules).map((group) => ({ ...group, route }))),
      customerTypes: named(this.#customerTypes),
      modalities: named(this.#modalities),
    };
  }
}

/** The most affected first. */
function named(sums: ReadonlyMap<string, Sum>): readonly NamedGroup[] {
  const groups = [...sums].map(([name, sum]) => ({ name, ...sum.result() }));
  const moved = ({ moves }: Group) => Object.values(moves).reduce((all, { requests }) => all + requests, 0);
  return groups.sort((one, other) => moved(other) - moved(one) || other.seen.requests - one.seen.requests);
}

function sumOf(sums: Map<string, Sum>, name: string): Sum {
  let sum = sums.get(name);
  if (sum === undefined) {
    sum = new Sum();
    sums.set(name, sum);
  }
  return sum;
}

class Sum {
  readonly #seen = new Counter();
  readonly #moves = new Map<Direction, Counter>();

  add(caller: string | undefined, direction: Direction | undefined): void {
    this.#seen.add(caller);
    if (direction === undefined) return;
    let counter = this.#moves.get(direction);
    if (counter === undefined) {
      counter = new Counter();
      this.#moves.set(direction, counter);
    }
    counter.add(caller);
  }

  result(): Group {
    const moves = [...this.#moves].map(([direction, counter]) => [direction, counter.count()] as const);
    return { seen: this.#seen.count(), moves: Object.fromEntries(moves) };
  }
}

class Counter {
  #requests = 0;
  readonly #callers = new Set<string>();

  add(caller: string | undefined): void {
    this.#requests++;
    if (caller !== undefined) this.#callers.add(caller);
  }

  count(): Count {
    return { requests: this.#requests, callers: this.#callers.size };
  }
}
