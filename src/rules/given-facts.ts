import { modalityOfPath, stateful } from "../inference/asked.ts";
import { isModality } from "../inference/modality.ts";
import { toBytes } from "../routing/bytes.ts";
import type { Facts } from "../routing/facts.ts";
import type { Customers, GivenRequest, Route, Source } from "../routing/rules.ts";

/** The facts of a request that a test describes. A path and a method that it leaves out are those of the route's first entry. */
export class GivenFacts implements Facts {
  readonly bodyRead = true;
  readonly trusted = true;
  readonly typeKnown = true;
  /** Milliseconds since the epoch; what the test says, and else to be tried. */
  now: number;
  readonly #given: GivenRequest;
  readonly #route: Route;
  readonly #customers: Customers;

  constructor(given: GivenRequest, route: Route, customers: Customers) {
    this.now = given.at ?? 0;
    this.#given = given;
    this.#route = route;
    this.#customers = customers;
  }

  get method(): string {
    const asked = this.#route.match[0]?.conditions.find(({ fact }) => fact === "method")?.values[0];
    return this.#given.method ?? asked ?? "POST";
  }

  get path(): string {
    return toBytes(this.#given.path ?? (this.#route.match[0]?.path ?? "/").replace(/\*$/, ""));
  }

  header(name: string): string | undefined {
    return asBytes(Object.hasOwn(this.#given.headers, name) ? this.#given.headers[name] : undefined);
  }

  get canary(): string | undefined {
    return this.header("x-canary");
  }

  get model(): string | undefined {
    return asBytes(this.#given.model);
  }

  get modality(): string {
    const source = this.#route.modality;
    if (this.#given.modality !== undefined) return this.#given.modality;
    if (source.from === "fixed") return source.modality;
    const said = source.from === "header" ? this.header(source.name)?.toLowerCase() : undefined;
    return said !== undefined && isModality(said) ? said : modalityOfPath(this.path);
  }

  get customer(): string | undefined {
    return asBytes(this.#given.customer) ?? this.#firstOf(this.#customers.id);
  }

  get customerType(): string {
    return this.#given.customerType ?? this.#firstOf(this.#customers.type) ?? this.#customers.defaultType;
  }

  get stream(): boolean | undefined {
    return this.#given.stream;
  }

  get stateful(): boolean {
    return this.#given.stateful ?? (this.#given.path !== undefined && stateful(this.path));
  }

  value(source: Source): string | undefined {
    if (this.#given.key !== undefined) return toBytes(this.#given.key);
    if (source.from === "customer") return this.customer;
    return source.from === "header" ? this.header(source.name) : undefined;
  }

  #firstOf(sources: readonly Source[]): string | undefined {
    for (const source of sources) {
      const value = source.from === "header" ? this.header(source.name) : undefined;
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  }
}

function asBytes(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toBytes(text);
}
