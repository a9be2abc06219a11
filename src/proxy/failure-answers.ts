import type { Decision } from "../routing/decision.ts";
import type { ExchangeFailure } from "../routing/outcome.ts";
import type { RouterAnswer } from "./router-answer.ts";

/** Status, code, and what the version did. */
const TOLD: Readonly<Record<ExchangeFailure, readonly [number, string, string]>> = {
  connect_refused: [502, "upstream_refused", "takes no connections; see that its server is running"],
  connect_timeout: [504, "connect_timeout", "did not take the connection in time"],
  bad_certificate: [
    502,
    "upstream_bad_certificate",
    "has a TLS certificate that is not trusted; see `tls` in its rules",
  ],
  first_byte_timeout: [504, "first_byte_timeout", "did not begin its answer in time"],
  first_token_timeout: [504, "first_token_timeout", "began a stream and did not send a token in time"],
  idle_timeout: [504, "idle_timeout", "stopped taking the request"],
  reset: [502, "upstream_reset", "closed the connection without an answer"],
  truncated: [502, "upstream_reset", "closed the connection inside its answer"],
  protocol_error: [502, "upstream_protocol_error", "answered what is not valid HTTP/1.1"],
  http_5xx: [502, "upstream_error", "failed"],
};

/** What a client is told when a version failed before its answer began. Endpoints stay the operator's secret. */
export function failureAnswer(failure: ExchangeFailure, { route, version }: Decision): RouterAnswer {
  const [status, code, deed] = TOLD[failure];
  return { status, code, message: `Version ${version.version} of route ${route.name} ${deed}.` };
}
