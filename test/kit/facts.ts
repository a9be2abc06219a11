import type { Facts } from "../../src/routing/facts.ts";

/** What a test says of a request. */
export interface Request {
  readonly method?: string;
  readonly path?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly customer?: string | undefined;
  readonly customerType?: string;
  readonly modality?: string;
}

/** The facts of a request that is a POST to `/`, of a standard customer, unless it says otherwise. */
export function factsOf(request: Request): Facts {
  const headers = new Map(Object.entries(request.headers ?? {}));
  return {
    method: request.method ?? "POST",
    path: request.path ?? "/",
    header: (name) => headers.get(name),
    model: undefined,
    modality: request.modality ?? "unknown",
    customer: request.customer,
    customerType: request.customerType ?? "standard",
    stream: undefined,
    bodyRead: false,
  };
}
