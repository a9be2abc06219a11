import { type Context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { Decision } from "../routing/decision.ts";
import type { Failure } from "../routing/outcome.ts";
import { attemptName, methodOf, ofAnswer, ofAttempt, ofDecision, ofEnd, ofRequest } from "./attributes.ts";
import type { AskedEndpoint, Trace, TracedRequest, TraceEnd } from "./trace.ts";

interface Attempt {
  readonly span: Span;
  readonly context: Context;
  readonly startedAt: number;
}

const W3C = new W3CTraceContextPropagator();

/** The context that a client has sent (W3C Trace Context), on top of `base`; `base` where there is none, or a broken one. */
export function contextOf(request: TracedRequest, base: Context): Context {
  return W3C.extract(base, request, { get: (from, name) => from.header(name), keys: () => W3C.fields() });
}

/**
 * A request as a span of kind SERVER, with one of kind CLIENT for each endpoint that is asked. Of a request that is not recorded,
 * which is mostly all but a few, there is no more than the context that its version is told.
 */
export class SpanTrace implements Trace {
  readonly recorded: boolean;
  private readonly tracer: Tracer;
  private readonly request: TracedRequest;
  private readonly span: Span;
  private readonly context: Context;
  /** What the request's clock is behind that of the world, so that all spans of a request are told by one. */
  private readonly behind = Date.now() - performance.now();
  private attempts = 0;
  private attempt: Attempt | undefined;

  constructor(tracer: Tracer, request: TracedRequest, parent: Context) {
    this.tracer = tracer;
    this.request = request;
    const startTime = this.behind + request.startedAt;
    this.span = tracer.startSpan(methodOf(request.method), { kind: SpanKind.SERVER, startTime }, parent);
    this.context = trace.setSpan(parent, this.span);
    this.recorded = this.span.isRecording();
    if (this.recorded) this.span.setAttributes(ofRequest(request));
  }

  ask(decision: Decision, endpoint: AskedEndpoint, model: string | undefined, now: number): void {
    if (!this.recorded) return;
    const { request } = this;
    const name = attemptName(request.method, request.path, model);
    const attributes = { ...ofAttempt(request, endpoint, model, this.attempts), ...ofDecision(decision) };
    const begun = { startTime: this.behind + now, attributes };
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, ...begun }, this.context);
    this.attempts++;
    this.attempt = { span, context: trace.setSpan(this.context, span), startedAt: now };
  }

  headers(): readonly string[] {
    const headers: string[] = [];
    W3C.inject(this.attempt?.context ?? this.context, headers, {
      set: (into, name, value) => {
        if (value !== "") into.push(name, value);
      },
    });
    return headers;
  }

  giveUp(failure: Failure | undefined, status: number, now: number): void {
    this.attempt?.span.setAttribute("canary_router.given_up", failure === undefined ? "cut" : "failed");
    this.endAttempt(failure, status, now);
  }

  end(end: TraceEnd): void {
    if (!this.recorded) return;
    const { span, request, attempt } = this;
    const { decision, outcome, model } = end;
    const { status, failure, firstByte, duration } = outcome;
    const now = request.startedAt + duration;
    if (attempt !== undefined) {
      attempt.span.setAttributes(ofAnswer(outcome, model, attempt.startedAt - request.startedAt));
      const firstToken = outcome.generated?.firstToken ?? -1;
      if (firstToken >= 0) attempt.span.addEvent("gen_ai.first_token", this.behind + request.startedAt + firstToken);
    }
    this.endAttempt(failure, firstByte === undefined ? 0 : status, now);
    // The path could be anything; the route is one of few.
    if (decision !== undefined) span.updateName(`${methodOf(request.method)} ${decision.route.name}`);
    span.setAttributes({ ...ofEnd(end), ...(decision && ofDecision(decision)) });
    // A 4xx is the client's mistake.
    if (failure !== undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.behind + now);
  }

  private endAttempt(failure: Failure | undefined, status: number, now: number): void {
    const { attempt } = this;
    this.attempt = undefined;
    if (attempt === undefined) return;
    const error = failure ?? (status >= 400 ? String(status) : undefined);
    if (status > 0) attempt.span.setAttribute("http.response.status_code", status);
    if (error !== undefined) {
      attempt.span.setAttribute("error.type", error);
      attempt.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    attempt.span.end(this.behind + now);
  }
}
