import type { Cuts, CutTarget } from "../routing/cuts.ts";
import type { Decision } from "../routing/decision.ts";
import type { Unread } from "../routing/facts.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";
import type { Version } from "../routing/rules.ts";
import type { Table } from "../routing/table.ts";
import type { Tracing } from "../tracing/trace.ts";
import type { AccessLog } from "./access-log.ts";
import type { Certificate } from "./certificate.ts";
import type { RequestId } from "./express/request-ids.ts";
import type { FeedbackPlace } from "./feedback-server.ts";
import type { Onlooker } from "./onlooker.ts";
import type { SeenRequests } from "./seen-requests.ts";
import type { ShadowDesk } from "./shadow/shadow-desk.ts";

/** What is in force at one moment. A request takes one and keeps it. */
export interface RulesInForce {
  readonly table: Table;
  readonly cuts: Cuts;
}

/** What a lane asks of the rest of the house, and tells it. Every function is cheap, synchronous and never throws. */
export interface Door {
  /** undefined: no rules have been seen yet. */
  currentRules(): RulesInForce | undefined;
  /** A bucket (0–9999) for a request without a sticky key. */
  draw(): number;
  /** A version is about to get the request. Each is followed by exactly one `onOutcome`. */
  onDecision(decision: Decision): void;
  /**
   * Another version gets the request instead: its outcome will be told of `to`, and none of `from`. `failure`: how `from`
   * failed; undefined: it was cut.
   */
  onMoved(from: Decision, to: Decision, failure: Failure | undefined, labels: Labels): void;
  /** A request was decided without all of the body that rules asked for. */
  onUnread?(why: Unread): void;
  /** Where clients tell what they think of answers; undefined: nowhere. */
  readonly feedback?: FeedbackPlace | undefined;
  /** Where requests are noted for trying drafts of the rules on; undefined: nowhere. */
  readonly seen?: SeenRequests;
  /** Who is told what shadows do; undefined: there are none, whatever the rules say. */
  readonly shadows?: ShadowDesk | undefined;
  /** Who wants to see some requests whole; undefined: nobody. */
  readonly onlooker?: Onlooker | undefined;
  /** `requestId`: what the client knows it by; undefined: it was told nothing. */
  onOutcome(decision: Decision, labels: Labels, outcome: Outcome, requestId?: RequestId): void;
  /** Is told of every request that has ended, also of those that were never decided; undefined: nobody wants to know. */
  readonly access?: AccessLog | undefined;
  /** Follows requests from system to system; undefined: nobody does, and what clients say of it is passed on as it is. */
  readonly tracing?: Tracing | undefined;
}

/** The facts that become labels, and what tells callers apart. */
export interface Labels {
  readonly customerType: string;
  readonly modality: string;
  /** Where the sticky key has fallen; undefined: there is none, or nobody had to look. Never a label. */
  readonly caller: number | undefined;
}

/** A running lane. */
export interface Lane {
  /** The port it listens on. */
  readonly port: number;
  /** Requests that have been decided and not ended. */
  inFlight(): number;
  /** What TLS clients are shown from the next handshake on. Does nothing where the lane was started without one. */
  useCertificate(certificate: Certificate): void;
  /**
   * Ends what a candidate version, or a slice of it, has in hand: a request of which it has answered nothing, and whose body
   * is still here, goes to stable; any other is broken off, or told 503 `version_cut` where no answer has begun.
   */
  abort(target: CutTarget): void;
  /** The URLs of the version's endpoints that get nothing at the moment, for their failures, while others can be asked. */
  leftOut(version: Version): string[];
  /** Takes no new connections or requests, waits up to `ms` for those in flight, then ends what is left. */
  drain(ms: number): Promise<void>;
}
