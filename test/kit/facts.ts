import type { Facts } from "../../src/routing/facts.ts";
import { sourceText } from "../../src/routing/source-text.ts";

/** What a test says of a request. */
export interface Request {
  readonly method?: string;
  readonly path?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly customer?: string | undefined;
  readonly customerType?: string;
  readonly modality?: string;
  readonly model?: string | undefined;
  readonly stream?: boolean;
  readonly stateful?: boolean;
  /** Of a trusted peer, unless it is said. */
  readonly trusted?: boolean;
  /** False: the type is the default's. */
  readonly typeKnown?: boolean;
  /** Milliseconds since the epoch. */
  readonly now?: number;
  /** What `jwt:sub`, `apiKey`, `body:/user`, … say. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** The facts of a request that is a POST to `/`, of a standard customer, unless it says otherwise. */
export function factsOf(request: Request): Facts {
  const headers = new Map(Object.entries(request.headers ?? {}));
  return {
    method: request.method ?? "POST",
    path: request.path ?? "/",
    header: (name) => headers.get(name),
    model: request.model,
    modality: request.modality ?? "unknown",
    customer: request.customer,
    customerType: request.customerType ?? "standard",
    stream: request.stream,
    stateful: request.stateful ?? false,
    now: request.now ?? 0,
    canary: headers.get("x-canary"),
    trusted: request.trusted ?? true,
    typeKnown: request.typeKnown ?? true,
    bodyRead: true,
    value: (source) => {
      if (source.from === "customer") return request.customer;
      return source.from === "header" ? headers.get(source.name) : request.sources?.[sourceText(source)];
    },
  };
}
