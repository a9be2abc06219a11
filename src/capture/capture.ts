import type { Log } from "../log.ts";
import type { Labels } from "../proxy/door.ts";
import type { BegunRequest, Onlooker, RequestEnd } from "../proxy/onlooker.ts";
import { isInShare, saltAside } from "../routing/aside.ts";
import { toText } from "../routing/bytes.ts";
import type { Decision } from "../routing/decision.ts";
import type { Capture } from "../routing/rules.ts";
import type { CaptureStore } from "../store/capture-port.ts";
import { type CaptureCounts, CaptureDesk, type Draft } from "./capture-desk.ts";
import { type Begun, requestRecord } from "./record.ts";

export interface CaptureOptions {
  readonly store: CaptureStore;
  /** Records that may wait. */
  readonly queue: number;
  /** A bucket (0–9999) for a request without a sticky key. */
  readonly draw: () => number;
  readonly now: () => Date;
  readonly log: Log;
  /** That request will be kept. */
  onCaptured(requestId: string, decision: Decision): void;
}

/** Keeps what the rules ask for. */
export interface Capturing {
  readonly onlooker: Onlooker;
  readonly counts: Readonly<CaptureCounts>;
  /** What was written last could be kept. */
  up(): boolean;
  /** Keeps what is left, for some seconds at the most. Never rejects. */
  close(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);

export function startCapture({ store, queue, draw, now, log, onCaptured }: CaptureOptions): Capturing {
  const desk = new CaptureDesk(store, queue, log);
  return {
    onlooker(request) {
      const { route } = request.decision;
      const { capture } = route;
      if (capture === undefined) return undefined;
      const { facts } = request;
      const lack = facts.lack;
      const isWanted = isInShare(capture.points, saltAside(route, "capture"), route, facts, draw);
      const begun = isWanted ? begunOf(request, capture, now()) : undefined;
      // What was asked for here is not waited for.
      facts.lack = lack;
      if (begun === undefined) return undefined;
      const limitOf = (field: "request" | "answer") => (capture.fields.includes(field) ? capture.limit : 0);
      return {
        requestLimit: limitOf("request"),
        answerLimit: limitOf("answer"),
        keepsPart: false,
        onEnd(end) {
          onCaptured(request.requestId, end.decision);
          desk.take(draftOf(begun, end, capture));
        },
      };
    },
    counts: desk.counts,
    up: () => desk.up,
    close: () => desk.close(),
  };
}

function begunOf({ requestId, facts }: BegunRequest, { fields }: Capture, at: Date): Begun {
  const customer = fields.includes("customer") ? facts.customer : undefined;
  const model = facts.modelToTell(() => NOTHING);
  return {
    requestId,
    at: at.toISOString(),
    method: facts.method,
    path: toText(facts.path),
    model: model && toText(model),
    customer: customer && toText(customer),
  };
}

/** Bodies stay where they are until their turn comes. */
function draftOf(begun: Begun, end: RequestEnd, capture: Capture): Draft {
  const request = capture.fields.includes("request") ? end.request?.keptBy("capture") : undefined;
  const answer = capture.fields.includes("answer") ? end.answer?.keptBy("capture") : undefined;
  const { decision, outcome } = end;
  const labels: Labels = { ...end.labels, customerType: toText(end.labels.customerType) };
  const ended = { decision, labels, outcome, request, answer };
  return {
    line: () => JSON.stringify(requestRecord(begun, ended, capture.limit, capture.redact)),
    release() {
      request?.release("capture");
      answer?.release("capture");
    },
  };
}
