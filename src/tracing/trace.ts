import type { Decision } from "../routing/decision.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";

/*
 * What a lane tells of a request so that it can be followed through several systems. Nothing here knows how that is written
 * down. Times are milliseconds of `performance.now()`.
 */

/** A request of which the head has come. */
export interface TracedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly startedAt: number;
  /** The client's connection is TLS. */
  readonly secure: boolean;
  /** Whether the peer may say that the request is to be recorded. */
  readonly trusted: boolean;
  /** By its name in small letters. Asked for during the call only. */
  header(name: string): string | undefined;
}

/** An endpoint that is asked. */
export interface AskedEndpoint {
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  readonly prefix: string;
}

export interface TraceEnd {
  readonly requestId: string;
  /** undefined: the router refused the request before it was decided. */
  readonly decision: Decision | undefined;
  readonly labels: { readonly customerType: string; readonly modality: string } | undefined;
  readonly outcome: Pick<Outcome, "status" | "duration"> & Partial<Outcome>;
  /** The model that the answer says it is of. */
  readonly model: string | undefined;
}

/** One request as it is followed. Its functions never throw. */
export interface Trace {
  /** Somebody will see it, so what costs a little to find out is worth it. */
  readonly recorded: boolean;
  /** An endpoint is going to be asked, for `model` where that is known. */
  ask(decision: Decision, endpoint: AskedEndpoint, model: string | undefined, now: number): void;
  /** What that endpoint is told of the trace, names and values in turn; it replaces what the client has sent by these names. */
  headers(): readonly string[];
  /** It is not waited for any longer. `failure` undefined: its version was cut. `status`: of its answer; 0: there was none. */
  giveUp(failure: Failure | undefined, status: number, now: number): void;
  /** The request has ended. Nothing comes after this. */
  end(end: TraceEnd): void;
}

/** Begins to follow a request. */
export type Tracing = (request: TracedRequest) => Trace;
