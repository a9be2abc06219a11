import { apiOfPath } from "../../inference/api-of-path.ts";
import type { Failure } from "../../routing/outcome.ts";
import type { Fallback } from "../../routing/rules.ts";

/**
 * When a server closes a kept-alive connection just as we send on it, we hear of it at once; what breaks later may have
 * broken over our request.
 */
const RACE_MS = 250;
/** RFC 9110 9.2.2: sending them twice does what sending them once does. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** Nothing of the request has reached the version, unless it was sent once before. */
const UNSENT: readonly Failure[] = ["connect_refused", "connect_timeout", "bad_certificate"];

/** Whether a request that was lost `ms` milliseconds after it was sent on a kept-alive connection may be sent once more. */
export function isRepeatable(method: string, ms: number): boolean {
  return IDEMPOTENT.has(method) || ms < RACE_MS;
}

/**
 * Whether stable may be asked for what a candidate has failed to answer. Asking a model twice does no harm where the API is
 * one that is known for that; elsewhere the route must say so, unless the candidate has not seen the request at all. `repeated`:
 * it had been sent once already, and lost.
 */
export function mayFallBack(
  fallback: Fallback | undefined,
  method: string,
  path: string,
  failure: Failure,
  repeated: boolean,
): boolean {
  if (fallback === "never" || failure === "truncated") return false;
  if (failure === "http_5xx" && fallback !== "5xx") return false;
  if (fallback !== undefined || IDEMPOTENT.has(method) || (UNSENT.includes(failure) && !repeated)) return true;
  const api = apiOfPath(method, path);
  return api !== undefined && api.shape.stateful !== true;
}
