import { modalityOfPath } from "../inference/asked.ts";
import { isModality } from "../inference/modality.ts";
import type { Facts, RequestHead } from "../routing/facts.ts";
import type { Customers, ModalitySource, Source } from "../routing/rules.ts";

/**
 * The facts of one request, found in its head when they are first asked for. Who is asking, and `x-canary`, are believed
 * of trusted peers only: anybody else could name himself as he likes.
 */
export class RequestFacts implements Facts {
  readonly method: string;
  readonly path: string;
  readonly model = undefined;
  readonly stream = undefined;
  readonly stateful = false;
  readonly bodyRead = false;
  readonly #head: RequestHead;
  readonly #customers: Customers;
  readonly #trusted: boolean;
  #modalitySource: ModalitySource = { from: "derived" };
  #modality: string | undefined;
  #customer: { readonly value: string | undefined } | undefined;
  #customerType: string | undefined;

  constructor(head: RequestHead, customers: Customers, trusted: boolean) {
    this.method = head.method;
    this.path = head.path;
    this.#head = head;
    this.#customers = customers;
    this.#trusted = trusted;
  }

  /** The route that was found says where the modality is known from. */
  useModalityOf(route: { readonly modality: ModalitySource }): void {
    this.#modalitySource = route.modality;
    this.#modality = undefined;
  }

  header(name: string): string | undefined {
    if (name === "x-canary" && !this.#trusted) return undefined;
    if (name.startsWith("x-canary-")) return undefined; // ours to send, nobody's to claim
    return this.#head.header(name);
  }

  value(source: Source): string | undefined {
    if (source.from === "header") return this.header(source.name);
    return source.from === "customer" ? this.customer : undefined;
  }

  get now(): number {
    return Date.now();
  }

  get modality(): string {
    this.#modality ??= this.#findModality();
    return this.#modality;
  }

  get customer(): string | undefined {
    this.#customer ??= { value: this.#firstOf(this.#customers.id) };
    return this.#customer.value;
  }

  get customerType(): string {
    this.#customerType ??= this.#firstOf(this.#customers.type) ?? this.#customers.defaultType;
    return this.#customerType;
  }

  #findModality(): string {
    const source = this.#modalitySource;
    if (source.from === "fixed") return source.modality;
    if (source.from === "header") {
      const said = this.header(source.name)?.toLowerCase();
      if (said !== undefined && isModality(said)) return said; // what else is said must not become a label
    }
    return modalityOfPath(this.path);
  }

  #firstOf(sources: readonly Source[]): string | undefined {
    for (const source of sources) {
      if ((source.from === "header" || source.from === "body") && !this.#trusted) continue;
      const value = this.value(source);
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  }
}
