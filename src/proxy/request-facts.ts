import { type Asked, type AskedOfHead, askedOfBody, askedOfHead } from "../inference/asked.ts";
import { scalarAt } from "../inference/json-pointer.ts";
import { isModality } from "../inference/modality.ts";
import type { Facts, RequestHead, Unread } from "../routing/facts.ts";
import type { Customers, ModalitySource, Source } from "../routing/rules.ts";
import type { Labels } from "./door.ts";
import { type Credentials, credentialsOf, type Identities, type Owner } from "./identities.ts";
import { onPath } from "./known-paths.ts";

/** A head as the facts need it. */
export interface ReadableHead extends RequestHead {
  /** What follows the `?`; empty: nothing. */
  readonly query: string;
  /** A body follows. */
  readonly hasBody: boolean;
}

/** Something that rules have asked for and that is not known yet. */
export type Lack =
  /** It may stand in the body: give its beginning to `readBody`. */
  | { readonly kind: "body" }
  /** Somebody is being asked; once `done`, the same question is answered at once. */
  | { readonly kind: "lookup"; readonly done: Promise<void> };

const BODY: Lack = { kind: "body" };

/**
 * The facts of one request, found when they are first asked for. What is not known yet is noted as a `lack` and answered
 * as if it were not there; whoever finds a lack fills it and asks everything again.
 *
 * Who is asking is believed of trusted peers only, unless it is proven: anybody else could name himself as he likes.
 */
export class RequestFacts implements Facts {
  readonly method: string;
  readonly path: string;
  readonly trusted: boolean;
  /** The first thing that was asked for in vain since the last `forget`. */
  lack: Lack | undefined;
  bodyRead = false;
  unread: Unread | undefined;
  bucket: number | undefined;
  private readonly head: ReadableHead;
  private readonly customers: Customers;
  private readonly identities: Identities;
  private modalitySource: ModalitySource = { from: "derived" };
  private ofHead: AskedOfHead | undefined;
  private ofBody: Asked | undefined;
  private body: Uint8Array | undefined;
  private lookingUp = true;
  private customerOnce: { readonly value: string | undefined } | undefined;
  private contentTypeOnce: string | undefined;
  private typeOnce: string | undefined;
  private typeFound = false;
  private credentialsOnce: Credentials | undefined;
  private claimsOnce: ReadonlyMap<string, string> | undefined;

  constructor(head: ReadableHead, customers: Customers, identities: Identities, trusted: boolean) {
    this.method = head.method;
    this.path = head.path;
    this.head = head;
    this.customers = customers;
    this.identities = identities;
    this.trusted = trusted;
  }

  /** The route that was found says where the modality is known from. */
  useModalityOf(route: { readonly modality: ModalitySource }): void {
    this.modalitySource = route.modality;
  }

  /**
   * The body's beginning, out of its chunks and without its coding. `unread`: why something of it is missing. Kept until the
   * request is decided.
   */
  readBody(body: Uint8Array, unread: Unread | undefined): void {
    const whole = unread === undefined;
    this.ofBody = askedOfBody(this.method, this.path, this.head.query, this.contentType, body, whole);
    this.unread = unread;
    this.body = body;
    this.bodyRead = true;
    this.lack = undefined;
  }

  /** What was looked up may be known by now. `again` false: whoever still does not answer is taken not to know. */
  lookAgain(again: boolean): void {
    this.lookingUp = again;
    this.lack = undefined;
  }

  /** Notes that the body is needed, if there is one that has not been read. */
  wantBody(): void {
    if (!this.bodyRead && this.head.hasBody) this.lack ??= BODY;
  }

  header(name: string): string | undefined {
    if (name === "x-canary" && !this.trusted) return undefined;
    if (name.startsWith("x-canary-")) return undefined; // ours to send, nobody's to claim
    return this.head.header(name);
  }

  get canary(): string | undefined {
    return this.head.header("x-canary");
  }

  get contentType(): string | undefined {
    this.contentTypeOnce ??= this.head.header("content-type");
    return this.contentTypeOnce;
  }

  get contentEncoding(): string | undefined {
    return this.head.header("content-encoding");
  }

  /** Whether the body can name the model, so that another name could be put there. */
  get modelInBody(): boolean {
    return this.head.hasBody && this.askedInHead.modelInBody;
  }

  get model(): string | undefined {
    if (this.askedInHead.modelInBody) this.wantBody();
    return this.asked.model;
  }

  get stream(): boolean | undefined {
    if (this.askedInHead.streamInBody) this.wantBody();
    return this.asked.stream;
  }

  get now(): number {
    return Date.now();
  }

  get modality(): string {
    const source = this.modalitySource;
    if (source.from === "fixed") return source.modality;
    if (source.from === "header") {
      const said = this.header(source.name)?.toLowerCase();
      if (said !== undefined && isModality(said)) return said; // what else is said must not become a label
    }
    if (this.askedInHead.modalityInBody) this.wantBody();
    return this.asked.modality;
  }

  get stateful(): boolean {
    const path = onPath(this.path);
    if (path.statefulInBody) this.wantBody();
    return this.ofBody?.stateful ?? path.stateful;
  }

  get customer(): string | undefined {
    if (this.customerOnce === undefined) {
      const value = this.firstOf(this.customers.id);
      // What was found out in spite of a lack may be another thing later.
      if (this.lack !== undefined) return value;
      this.customerOnce = { value };
    }
    return this.customerOnce.value;
  }

  get customerType(): string {
    if (this.typeOnce === undefined) {
      const found = this.firstOf(this.customers.type);
      const type = found ?? this.customers.defaultType;
      if (this.lack !== undefined) return type;
      this.typeOnce = type;
      this.typeFound = found !== undefined;
    }
    return this.typeOnce;
  }

  get typeKnown(): boolean {
    void this.customerType;
    return this.typeFound;
  }

  value(source: Source): string | undefined {
    switch (source.from) {
      case "header":
        return this.header(source.name);
      case "customer":
        return this.customer;
      case "jwt":
        return this.claim(source.claim);
      case "apiKey":
        return this.keyOwner()?.customer;
      case "directory":
        return this.typeInDirectory();
      case "body":
        this.wantBody();
        return this.body === undefined ? undefined : scalarAt(this.body, source.path);
      case "session":
        this.wantBody();
        return this.asked.session;
    }
  }

  /** What is known by now, for counting; asks for nothing more. */
  labels(namedTypes: ReadonlySet<string>): Labels {
    const lack = this.lack;
    const type = this.customerType;
    this.lack = lack;
    return { customerType: namedTypes.has(type) ? type : "other", modality: this.knownModality(), caller: this.bucket };
  }

  /** undefined: it may stand in the body, which has not been read. */
  modalityIfKnown(): string | undefined {
    const lack = this.lack;
    this.lack = undefined;
    const { modality } = this;
    const known = this.lack === undefined ? modality : undefined;
    this.lack = lack;
    return known;
  }

  /** The model, also where no rule has asked for it: from `body`, as much of it as has come. For telling, not for deciding. */
  modelToTell(body: () => Uint8Array): string | undefined {
    if (this.ofBody !== undefined || !this.askedInHead.modelInBody) return this.asked.model;
    return askedOfBody(this.method, this.path, this.head.query, this.contentType, body(), false).model;
  }

  private knownModality(): string {
    if (this.modalitySource.from === "derived" && this.ofBody === undefined) return onPath(this.path).modality;
    const lack = this.lack;
    const { modality } = this;
    this.lack = lack;
    return modality;
  }

  private get askedInHead(): AskedOfHead {
    this.ofHead ??= askedOfHead(this.method, this.path, this.head.query, this.contentType);
    return this.ofHead;
  }

  private get asked(): Asked {
    return this.ofBody ?? this.askedInHead;
  }

  private firstOf(sources: readonly Source[]): string | undefined {
    for (const source of sources) {
      if ((source.from === "header" || source.from === "body") && !this.trusted) continue;
      const value =
        source.from === "apiKey" && sources === this.customers.type ? this.keyOwner()?.type : this.value(source);
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  }

  private claim(name: string): string | undefined {
    const { jwt } = this.customers;
    const { token } = this.credentials;
    if (jwt === undefined || token === undefined) return undefined;
    this.claimsOnce ??= this.known(this.identities.claims(token, jwt));
    return this.claimsOnce?.get(name);
  }

  private keyOwner(): Owner | undefined {
    const { key } = this.credentials;
    return key === undefined ? undefined : this.known(this.identities.owner(key));
  }

  private typeInDirectory(): string | undefined {
    const { customer } = this;
    return customer === undefined ? undefined : this.known(this.identities.typeOf(customer));
  }

  private get credentials(): Credentials {
    this.credentialsOnce ??= credentialsOf((name) => this.head.header(name));
    return this.credentialsOnce;
  }

  /** The answer, if there is one already. */
  private known<T>(answer: T | Promise<void>): T | undefined {
    if (!(answer instanceof Promise)) return answer;
    if (this.lookingUp) this.lack ??= { kind: "lookup", done: answer };
    return undefined;
  }
}
