import type { Unread } from "../../routing/facts.ts";
import { type Coding, codingOf, decoded } from "../decoded-body.ts";
import type { RulesInForce } from "../door.ts";
import { type Decided, type Reception, receive } from "../reception.ts";
import type { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import type { LaneContext } from "./lane-context.ts";
import { BODY_TIMEOUT } from "./own-answers.ts";
import type { RequestRelay } from "./request-relay.ts";

/** Whose request is being decided. */
export interface Undecided {
  /** The client waits for a 100 before it sends the body. */
  sayContinue(): void;
  /** The next part of the body may come; `ms` until it has to. */
  awaitBody(ms: number): void;
  awaitAnswer(ms: number): void;
  /** More of the body has come than the decision asks for. */
  onUnwantedBody(): void;
  onDecided(decided: Decided): void;
  onRefused(answer: RouterAnswer): void;
}

/** A question that is still open after so many answers has none. */
const MAX_LOOKUPS = 8;
const NOTHING = new Uint8Array(0);

/**
 * Decides where the head alone does not tell: reads the body's beginning, waits for look-ups, and asks the same rules again.
 * A request whose head tells never gets here.
 */
export class Deciding {
  private readonly lane: LaneContext;
  private readonly rules: RulesInForce;
  private readonly facts: RequestFacts;
  private readonly request: RequestRelay;
  private readonly undecided: Undecided;
  private lookups = 0;
  private state: "starting" | "gathering" | "decoding" | "looking up" | "over" = "starting";

  constructor(
    lane: LaneContext,
    rules: RulesInForce,
    facts: RequestFacts,
    request: RequestRelay,
    undecided: Undecided,
  ) {
    this.lane = lane;
    this.rules = rules;
    this.facts = facts;
    this.request = request;
    this.undecided = undecided;
  }

  /** Goes on with what was found: decided at last, or something has to be found out first. */
  proceed(found: Reception): void {
    const { request, facts, undecided } = this;
    let reception = found;
    while (reception.kind === "lacking") {
      const { lack } = reception;
      if (lack.kind === "lookup") {
        this.awaitLookup(lack.done);
        return;
      }
      const coding = codingOf(facts.contentEncoding);
      if (coding === "unknown") {
        facts.readBody(NOTHING, "coding");
        reception = this.again();
        continue;
      }
      if (!this.enough) {
        if (this.state !== "gathering") undecided.sayContinue();
        this.state = "gathering";
        undecided.awaitBody(this.lane.settings.bodyTimeout);
        return;
      }
      const { bodyPeekLimit } = this.lane.settings;
      // Not what happens to have come already: who gets the request must not depend on how its bytes travelled.
      const part = request.peek().subarray(0, bodyPeekLimit);
      const unread = request.done && request.heldBytes <= bodyPeekLimit ? undefined : "too_large";
      if (coding !== undefined) {
        this.decode(coding, part, unread);
        return;
      }
      facts.readBody(part, unread);
      reception = this.again();
    }
    this.state = "over";
    if (reception.kind === "refused") undecided.onRefused(reception.answer);
    else undecided.onDecided(reception);
  }

  /** More of the body has come. */
  onBody(): void {
    if (this.state !== "gathering") this.undecided.onUnwantedBody();
    else if (this.enough) this.proceed({ kind: "lacking", lack: { kind: "body" } });
    else this.undecided.awaitBody(this.lane.settings.bodyTimeout);
  }

  onDeadline(): void {
    if (this.state === "gathering") this.end(BODY_TIMEOUT);
    else if (this.state === "looking up") this.lookAgain(false);
    else if (this.state === "decoding") this.readBody(NOTHING, "coding");
  }

  /** Nobody waits for the decision any more. */
  abandon(): void {
    this.state = "over";
  }

  private get enough(): boolean {
    return this.request.done || this.request.heldBytes >= this.lane.settings.bodyPeekLimit;
  }

  private end(answer: RouterAnswer): void {
    this.state = "over";
    this.undecided.onRefused(answer);
  }

  private awaitLookup(done: Promise<void>): void {
    this.state = "looking up";
    const lookup = ++this.lookups;
    this.undecided.awaitAnswer(this.lane.settings.lookupTimeout);
    void done.then(() => {
      if (this.state === "looking up" && this.lookups === lookup) this.lookAgain(lookup < MAX_LOOKUPS);
    });
  }

  private decode(coding: Coding, part: Buffer, unread: Unread | undefined): void {
    const { bodyPeekLimit, lookupTimeout } = this.lane.settings;
    this.state = "decoding";
    this.undecided.awaitAnswer(lookupTimeout);
    void decoded(coding, part, bodyPeekLimit).then((found) => {
      if (this.state !== "decoding") return;
      this.readBody(found?.body ?? NOTHING, found === undefined ? "coding" : found.whole ? unread : "too_large");
    });
  }

  private readBody(body: Uint8Array, unread: Unread | undefined): void {
    this.facts.readBody(body, unread);
    this.proceed(this.again());
  }

  private lookAgain(patient: boolean): void {
    this.facts.lookAgain(patient);
    this.proceed(this.again());
  }

  private again(): Reception {
    return receive(this.lane.door, this.rules, this.facts);
  }
}
