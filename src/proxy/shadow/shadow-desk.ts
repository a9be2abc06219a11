import type { Decision } from "../../routing/decision.ts";
import type { Outcome } from "../../routing/outcome.ts";
import type { ShadowDrop, ShadowPlan } from "../../routing/shadow.ts";
import type { BodyCopy } from "../body-copy.ts";
import type { Labels } from "../door.ts";

/** One of the two answers to a request. */
export interface Answered {
  readonly outcome: Outcome;
  /** undefined: there was none, or nobody compares it. Valid during the call, unless it is held. */
  readonly body: BodyCopy | undefined;
}

/** What a client got, and what a shadow made of the same request. */
export interface AnswerPair {
  readonly plan: ShadowPlan;
  /** Who answered the client. */
  readonly decision: Decision;
  readonly labels: Labels;
  readonly requestId: string;
  /** Without the query. */
  readonly path: string;
  readonly primary: Answered;
  readonly shadow: Answered;
}

/** Is told what becomes of copies. Every function is cheap, synchronous and never throws. */
export interface ShadowDesk {
  /** A copy is sent. It ends, or is dropped, once. */
  onSent(plan: ShadowPlan): void;
  /** `sent`: it was on its way. */
  onDropped(plan: ShadowPlan, why: ShadowDrop, sent: boolean): void;
  onEnd(plan: ShadowPlan, outcome: Outcome): void;
  /** Both answers are there. */
  onPair(pair: AnswerPair): void;
}
