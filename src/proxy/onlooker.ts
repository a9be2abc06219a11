import type { Decision } from "../routing/decision.ts";
import type { Outcome } from "../routing/outcome.ts";
import type { BodyCopy } from "./body-copy.ts";
import type { Labels } from "./door.ts";
import type { RequestFacts } from "./request-facts.ts";
import type { RequestHead } from "./wire/request-head.ts";

/** Who sent a request, as far as its connection tells. */
export interface Sender {
  /** Whether the peer may say for whom it forwards. */
  readonly trusted: boolean;
  readonly address: string;
  /** The connection is TLS. */
  readonly secure: boolean;
}

/** A request that has just been decided. */
export interface BegunRequest {
  readonly decision: Decision;
  readonly labels: Labels;
  /** What is known of it by now; who asks for more than that finds a lack. */
  readonly facts: RequestFacts;
  /** Valid during the call only. */
  readonly head: RequestHead;
  readonly sender: Sender;
  /** As the client gets it. */
  readonly requestId: string;
}

/** What an onlooker wants of one request. Its functions are cheap, synchronous and never throw. */
export interface Wanted {
  /** Bytes of each body that are copied at the most; 0: it is not copied. */
  readonly requestLimit: number;
  readonly answerLimit: number;
  /** Of a larger body the beginning is kept; else nothing. */
  readonly keepsPart: boolean;
  /** All of the request has come, and it has been passed on. Not called where the body is not copied or never ends. */
  onRequest?(body: BodyCopy): void;
  /** The request has ended: once for each. */
  onEnd(end: RequestEnd): void;
}

/** What became of a request that somebody looked at. Whoever wants a copy to stay after the call holds it. */
export interface RequestEnd {
  /** Who answered in the end: after a fallback not who was decided on at first. */
  readonly decision: Decision;
  readonly labels: Labels;
  readonly outcome: Outcome;
  /** undefined: it is not copied. */
  readonly request: BodyCopy | undefined;
  /** As the client got it; undefined: it is not copied, or the router itself has answered. */
  readonly answer: BodyCopy | undefined;
}

/** Is asked about every request once it is decided. undefined: it does not want to see this one. */
export type Onlooker = (request: BegunRequest) => Wanted | undefined;

/** Both as one, with one copy of each body. */
export function together(a: Wanted | undefined, b: Wanted | undefined): Wanted | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    requestLimit: Math.max(a.requestLimit, b.requestLimit),
    answerLimit: Math.max(a.answerLimit, b.answerLimit),
    keepsPart: a.keepsPart || b.keepsPart,
    onRequest(body) {
      a.onRequest?.(body);
      b.onRequest?.(body);
    },
    onEnd(end) {
      a.onEnd(end);
      b.onEnd(end);
    },
  };
}
