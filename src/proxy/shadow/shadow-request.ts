import type { Decision } from "../../routing/decision.ts";
import type { Outcome } from "../../routing/outcome.ts";
import type { ShadowDrop, ShadowPlan } from "../../routing/shadow.ts";
import type { BodyCopy } from "../body-copy.ts";
import type { Pool } from "../express/pool.ts";
import type { BegunRequest, RequestEnd, Sender, Wanted } from "../onlooker.ts";
import { copiedHead } from "./copied-head.ts";
import type { Answered, AnswerPair } from "./shadow-desk.ts";
import { ShadowTrip, type TripContext } from "./shadow-trip.ts";

/** Who sends what is ready. */
export interface Sending {
  /** All of the request has come. */
  offer(request: ShadowRequest): void;
  onDropped(request: ShadowRequest, why: ShadowDrop, sent: boolean): void;
  onEnd(request: ShadowRequest, outcome: Outcome): void;
  onPair(pair: AnswerPair): void;
}

/** A request that a shadow is to get, from the decision until both answers are there, or it is dropped. */
export class ShadowRequest implements Wanted {
  readonly requestLimit: number;
  readonly answerLimit: number;
  readonly keepsPart = false;
  readonly plan: ShadowPlan;
  readonly decision: Decision;
  /** undefined: not known. */
  readonly modality: string | undefined;
  readonly head: Buffer;
  readonly sender: Sender;
  readonly requestId: string;
  readonly path: string;
  /** Since when it waits for its turn, in ms. */
  since = 0;
  private readonly sending: Sending;
  private body: BodyCopy | undefined;
  private trip: ShadowTrip | undefined;
  private primary: (RequestEnd & Answered) | undefined;
  private shadow: Answered | undefined;
  private dropped = false;

  constructor(
    sending: Sending,
    { decision, facts, head, sender, requestId }: BegunRequest,
    plan: ShadowPlan,
    limit: number,
  ) {
    this.sending = sending;
    this.plan = plan;
    this.decision = decision;
    this.modality = facts.modalityIfKnown();
    this.head = copiedHead(head, plan.shadow.keepsCredentials);
    const { trusted, address, secure } = sender;
    this.sender = { trusted, address, secure };
    this.requestId = requestId;
    this.path = facts.path;
    this.requestLimit = limit;
    this.answerLimit = decision.route.compare === undefined ? 0 : limit;
  }

  onRequest(body: BodyCopy): void {
    if (this.dropped) return;
    // Whoever else looks on may want more of it.
    const lost = body.lost ?? (body.size > this.requestLimit ? "too_large" : undefined);
    const kept = lost === undefined ? body.keptBy("shadow") : undefined;
    if (kept === undefined || kept.lost !== undefined) {
      this.drop(lost ?? "no_memory");
      return;
    }
    this.body = kept;
    this.sending.offer(this);
  }

  onEnd(end: RequestEnd): void {
    if (this.dropped) return;
    const { status, left } = end.outcome;
    if (this.body === undefined && this.shadow === undefined) this.drop("incomplete");
    else if (this.plan.shadow.withClient && (status === 499 || left === true)) this.drop("client_left");
    else {
      this.primary = { ...end, body: end.answer?.keptBy("shadow") };
      this.meet();
    }
  }

  go(context: TripContext, pool: Pool): void {
    const { body } = this;
    if (body === undefined) return;
    this.trip = new ShadowTrip(this, body, pool, context, this.answerLimit, (end) => {
      if (typeof end === "string") {
        this.drop(end);
        return;
      }
      this.trip = undefined;
      this.letGoOfBody();
      this.shadow = { ...end, body: end.body?.keptBy("shadow") };
      this.sending.onEnd(this, end.outcome);
      this.meet();
    });
  }

  drop(why: ShadowDrop): void {
    if (this.dropped) return;
    this.dropped = true;
    const { trip } = this;
    // What has come back already counts, though it is compared with nothing.
    const sent = trip !== undefined;
    trip?.cancel();
    this.trip = undefined;
    this.letGoOfBody();
    this.letGoOfAnswers();
    if (this.shadow === undefined) this.sending.onDropped(this, why, sent);
  }

  /** Compares the two, once both are there. */
  private meet(): void {
    const { primary, shadow, plan, requestId, path } = this;
    if (primary === undefined || shadow === undefined) return;
    const { decision, labels } = primary;
    // The end of what the client waits for leaves at the end of this round of events: that comes first.
    setImmediate(() => {
      this.sending.onPair({ plan, decision, labels, requestId, path, primary, shadow });
      this.letGoOfAnswers();
    });
  }

  private letGoOfBody(): void {
    this.body?.release("shadow");
    this.body = undefined;
  }

  private letGoOfAnswers(): void {
    this.primary?.body?.release("shadow");
    this.shadow?.body?.release("shadow");
    this.primary = undefined;
  }
}
