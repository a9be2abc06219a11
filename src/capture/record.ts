import { type KeptBody, keptBody } from "../inference/kept-body.ts";
import type { Redaction } from "../inference/redact-json.ts";
import { redactText } from "../inference/redact-text.ts";
import type { BodyCopy } from "../proxy/body-copy.ts";
import type { Labels } from "../proxy/door.ts";
import { type Decision, NO_RULE } from "../routing/decision.ts";
import type { Outcome } from "../routing/outcome.ts";

/** What is known when a request has been decided. */
export interface Begun {
  readonly requestId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  /** undefined: nobody knows, or nobody wants it kept. */
  readonly customer: string | undefined;
}

/** What is known when it has ended. */
export interface Ended {
  readonly decision: Decision;
  readonly labels: Labels;
  readonly outcome: Outcome;
  readonly request: BodyCopy | undefined;
  readonly answer: BodyCopy | undefined;
}

/** A path is kept to this length. */
const MAX_PATH = 256;

/** One request as it is kept. docs/capture.md has the table of its members. */
export function requestRecord(begun: Begun, ended: Ended, limit: number, redaction: Redaction): object {
  const { decision, labels, outcome } = ended;
  const { route, rule, version, track, reason } = decision;
  const { generated } = outcome;
  const redact = (text: string | undefined) => text && redactText(text, redaction.detect);
  return {
    kind: "request",
    at: begun.at,
    requestId: idToKeep(begun.requestId),
    method: begun.method,
    path: redact(begun.path.slice(0, MAX_PATH)),
    route: route.name,
    version: version.version,
    track,
    rule: rule?.name ?? NO_RULE,
    reason,
    customer: redact(begun.customer),
    customerType: labels.customerType,
    modality: labels.modality,
    model: redact(begun.model),
    status: outcome.status,
    failure: outcome.failure,
    clientLeft: outcome.left === true ? true : undefined,
    firstByteMs: rounded(outcome.firstByte),
    durationMs: rounded(outcome.duration),
    inputTokens: known(generated?.promptTokens),
    outputTokens: known(generated?.completionTokens),
    firstTokenMs: rounded(known(generated?.firstToken)),
    request: ended.request && bodyRecord(ended.request, limit, redaction),
    answer: ended.answer && bodyRecord(ended.answer, limit, redaction),
  };
}

/** Somebody's word on an answer. It joins the request's record by its id; it may come days later. */
export function feedbackRecord(requestId: string, at: string, { route, version }: Decision, good: boolean): object {
  return { kind: "feedback", at, requestId: idToKeep(requestId), route: route.name, version: version.version, good };
}

/** Clients may have put anything there. Of digits ids are full, so that they are no cards and telephones here. */
function idToKeep(requestId: string): string {
  return redactText(requestId, ["email", "key"]);
}

function bodyRecord(copy: BodyCopy, limit: number, redaction: Redaction): object {
  const { kind, ...body } = kept(copy, limit, redaction);
  return { bytes: copy.size, kind, ...body };
}

function kept(copy: BodyCopy, limit: number, redaction: Redaction): KeptBody {
  if (copy.lost !== undefined) return { kind: "left out", why: copy.lost };
  // Others may have wanted more of it.
  if (copy.size > limit) return { kind: "left out", why: "too_large" };
  const coding = copy.contentEncoding?.trim().toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity") return { kind: "left out", why: "coded" };
  try {
    return keptBody(UTF_8.decode(copy.bytes), copy.contentType, redaction);
  } catch {
    return { kind: "left out", why: "not_text" };
  }
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

function known(number: number | undefined): number | undefined {
  return number === undefined || number < 0 ? undefined : number;
}

/** To a hundredth of a millisecond. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 100) / 100;
}
