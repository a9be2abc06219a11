import { AnswerInspector } from "../express/answer-inspector.ts";
import { BodyFollower } from "../express/body-follower.ts";
import { Gather } from "../express/gather.ts";
import { RequestHead, type RequestLimits } from "../wire/request-head.ts";
import { RESPONSE_LIMITS, ResponseHead } from "../wire/response-head.ts";

/** What a trip reads an answer with. Large enough that the next trip uses it again. */
export class TripTools {
  readonly head = new ResponseHead(RESPONSE_LIMITS);
  readonly partial = new Gather();
  readonly follower = new BodyFollower();
  readonly inspector = new AnswerInspector();
}

/** Tools that no trip uses at the moment, and the reader of the heads of copies, which are read in one go. */
export class TripToolShed {
  readonly reader: RequestHead;
  private readonly idle: TripTools[] = [];

  constructor(limits: RequestLimits) {
    this.reader = new RequestHead(limits);
  }

  take(): TripTools {
    return this.idle.pop() ?? new TripTools();
  }

  giveBack(tools: TripTools): void {
    tools.head.reset(false);
    tools.head.fields.clear();
    tools.partial.clear();
    if (this.idle.length < MAX_IDLE) this.idle.push(tools);
  }
}

const MAX_IDLE = 64;
