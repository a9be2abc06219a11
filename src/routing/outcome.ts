/** Why there is no whole answer, or one that says itself that it failed. */
const EXCHANGE_FAILURES = [
  "connect_refused",
  "connect_timeout",
  "bad_certificate", // its TLS certificate is not vouched for, or for another name
  "first_byte_timeout",
  "first_token_timeout", // a stream has begun, and nothing that was generated has come
  "idle_timeout",
  "reset", // the connection ended before the answer began
  "truncated", // the connection ended inside the answer
  "protocol_error", // what came is not HTTP
  "http_5xx",
] as const;

/** Why a whole answer with a good status is not what was asked for. */
const ANSWER_FAILURES = [
  "error_event", // a stream says that something went wrong
  "error_body", // so does a body
  "unfinished", // the stream ended without what ends such a stream
  "bad_json", // JSON was promised, and is not there or has no end
  "empty", // nothing was generated
] as const;

/** Why a version failed a request. Label values of `canary_router_failures_total{reason}`. */
export const FAILURES = [...EXCHANGE_FAILURES, ...ANSWER_FAILURES] as const;

export type Failure = (typeof FAILURES)[number];
export type ExchangeFailure = (typeof EXCHANGE_FAILURES)[number];

/** What a model server says about its answer. -1: it does not say. */
export interface Generated {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Milliseconds from the request's head to the first thing that was generated; of streams only. */
  readonly firstToken: number;
}

/** What became of one request. */
export interface Outcome {
  /** The status the client got; 499 when it left before one was sent. */
  readonly status: number;
  /** undefined: the version did its work (a 4xx is the client's, and counts for nobody). */
  readonly failure: Failure | undefined;
  /** The client left inside the answer: nobody knows what would have come. */
  readonly left?: boolean;
  /** Milliseconds from the request's head to the answer's first byte; undefined: no answer began. */
  readonly firstByte: number | undefined;
  /** Milliseconds from the request's head to the end of the exchange. */
  readonly duration: number;
  /** Milliseconds the router itself spent before the upstream had the request's head. */
  readonly overhead: number;
  /** What the answer itself tells, where it was looked into. */
  readonly generated?: Generated | undefined;
}
