import type { Unread } from "../../routing/facts.ts";
import { type Coding, codingOf, decoded } from "../decoded-body.ts";
import type { RulesInForce } from "../door.ts";
import { type Decided, type Reception, receive } from "../reception.ts";
import type { RequestFacts } from "../request-facts.ts";
import type { RouterAnswer } from "../router-answer.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { LaneContext } from "./lane-context.ts";
import { BODY_TIMEOUT } from "./own-answers.ts";
import type { RequestRelay } from "./request-relay.ts";
import type { Tools } from "./tools.ts";

/** Whose request is being decided. */
export interface Undecided {
  onDecided(decided: Decided): void;
  onRefused(answer: RouterAnswer): void;
}

/** A question that is still open after so many answers has none. */
const MAX_LOOKUPS = 8;
const NOTHING = new Uint8Array(0);
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/**
 * Decides where the head alone does not tell: reads the body's beginning, waits for look-ups, and asks the same rules again.
 * A request whose head tells never gets here.
 */
export class Deciding {
  private readonly lane: LaneContext;
  private readonly client: ClientConnection;
  private readonly head: RequestHead;
  private readonly request: RequestRelay;
  private readonly rules: RulesInForce;
  private readonly facts: RequestFacts;
  private readonly undecided: Undecided;
  private lookups = 0;
  private state: "starting" | "gathering" | "decoding" | "looking up" | "over" = "starting";

  constructor(
    lane: LaneContext,
    client: ClientConnection,
    { head, request }: Tools,
    rules: RulesInForce,
    facts: RequestFacts,
    undecided: Undecided,
  ) {
    this.lane = lane;
    this.client = client;
    this.head = head;
    this.request = request;
    this.rules = rules;
    this.facts = facts;
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
        if (this.state !== "gathering") this.sayContinue();
        this.state = "gathering";
        this.awaitBody();
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
    if (this.state !== "gathering") {
      // More than the decision asks for.
      if (this.request.full) this.client.pauseReading();
    } else if (this.enough) this.proceed({ kind: "lacking", lack: { kind: "body" } });
    else this.awaitBody();
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

  /** Nobody else can say it: who would answer is what the body decides. */
  private sayContinue(): void {
    const { head, request, client } = this;
    if (!head.expectContinue) return;
    head.dropExpectation();
    if (request.heldBytes === 0) client.write(CONTINUE);
  }

  private awaitBody(): void {
    this.client.resumeReading();
    this.client.setClock(this.lane.settings.bodyTimeout);
  }

  private end(answer: RouterAnswer): void {
    this.state = "over";
    this.undecided.onRefused(answer);
  }

  private awaitLookup(done: Promise<void>): void {
    this.state = "looking up";
    const lookup = ++this.lookups;
    this.client.setClock(this.lane.settings.lookupTimeout);
    void done.then(() => {
      if (this.state === "looking up" && this.lookups === lookup) this.lookAgain(lookup < MAX_LOOKUPS);
    });
  }

  private decode(coding: Coding, part: Buffer, unread: Unread | undefined): void {
    const { bodyPeekLimit, lookupTimeout } = this.lane.settings;
    this.state = "decoding";
    this.client.setClock(lookupTimeout);
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
