import type { Attributes } from "@opentelemetry/api";
import { generationOf } from "../inference/generation.ts";
import { type Decision, NO_RULE, type Reason } from "../routing/decision.ts";
import type { Outcome } from "../routing/outcome.ts";
import type { AskedEndpoint, TracedRequest, TraceEnd } from "./trace.ts";

/*
 * What spans say, by OpenTelemetry's semantic conventions: HTTP (stable), feature flags (release candidate) and generative AI
 * (development). Nothing that a client has sent but its path and the id of its request: no query, header, body or customer.
 */

/** Those of HTTP's semantic conventions; others could be anything. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]);

/** A path is told to this length. */
const MAX_PATH = 256;

/** The conventions' words for why a decision is what it is; our own is beside it. */
const FLAG_REASONS: Readonly<Record<Reason, string>> = {
  share: "split",
  rest: "split",
  "no rule": "default",
  stateful: "static",
  fallback: "error",
  cut: "disabled",
  override: "targeting_match",
};

export function methodOf(method: string): string {
  return METHODS.has(method) ? method : "_OTHER";
}

export function ofRequest({ method, path, secure }: TracedRequest): Attributes {
  return {
    "http.request.method": methodOf(method),
    "url.scheme": secure ? "https" : "http",
    "url.path": path.slice(0, MAX_PATH),
  };
}

export function ofDecision({ route, rule, version, track, reason }: Decision): Attributes {
  return {
    "feature_flag.key": `${route.name}/${rule?.name ?? NO_RULE}`,
    "feature_flag.provider.name": "canary-router",
    "feature_flag.result.variant": version.version,
    "feature_flag.result.reason": FLAG_REASONS[reason],
    "canary_router.route": route.name,
    "canary_router.rule": rule?.name ?? NO_RULE,
    "canary_router.track": track,
    "canary_router.reason": reason,
  };
}

/** `attempt` counts from 0. */
export function ofAttempt(
  { method, path }: TracedRequest,
  { hostname, port, secure, prefix }: AskedEndpoint,
  model: string | undefined,
  attempt: number,
): Attributes {
  const generation = generationOf(method, path);
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    "http.request.method": methodOf(method),
    "url.full": `${secure ? "https" : "http"}://${host}:${port}${prefix}${path.slice(0, MAX_PATH)}`,
    "server.address": hostname,
    "server.port": port,
    ...(attempt === 0 ? {} : { "http.request.resend_count": attempt }),
    ...(generation && {
      "gen_ai.operation.name": generation.operation,
      "gen_ai.provider.name": generation.provider,
      ...(model !== undefined && { "gen_ai.request.model": model }),
    }),
  };
}

/** `<operation> <model>` where something is generated, else the method. */
export function attemptName(method: string, path: string, model: string | undefined): string {
  const generation = generationOf(method, path);
  if (generation === undefined) return methodOf(method);
  return model === undefined ? generation.operation : `${generation.operation} ${model}`;
}

/** What an answer tells of its making. `asked`: milliseconds from the request's head until this endpoint was asked. */
export function ofAnswer({ generated }: Partial<Outcome>, model: string | undefined, asked: number): Attributes {
  const { promptTokens = -1, completionTokens = -1, firstToken = -1 } = generated ?? {};
  return {
    ...(model !== undefined && { "gen_ai.response.model": model }),
    ...(promptTokens >= 0 && { "gen_ai.usage.input_tokens": promptTokens }),
    ...(completionTokens >= 0 && { "gen_ai.usage.output_tokens": completionTokens }),
    ...(firstToken >= 0 && { "gen_ai.response.time_to_first_chunk": Math.max(0, firstToken - asked) / 1000 }),
  };
}

export function ofEnd({ requestId, labels, outcome }: TraceEnd): Attributes {
  const { status, failure, left } = outcome;
  const error = failure ?? (status >= 500 ? String(status) : undefined);
  return {
    "http.response.status_code": status,
    "http.response.header.x-request-id": [requestId],
    ...(error !== undefined && { "error.type": error }),
    ...(left === true && { "canary_router.client_left": true }),
    ...(labels && { "canary_router.customer_type": labels.customerType, "canary_router.modality": labels.modality }),
  };
}
