import { RequestHead, type RequestLimits } from "../wire/request-head.ts";
import { AnswerRelay } from "./answer-relay.ts";
import { type HoldBudget, RequestRelay } from "./request-relay.ts";
import type { Slab } from "./slab.ts";

/** What a connection works with while it has a request in hand. Large enough that idle connections do without. */
export class Tools {
  readonly head: RequestHead;
  readonly request: RequestRelay;
  readonly answer: AnswerRelay;

  constructor(limits: RequestLimits, slab: Slab, budget: HoldBudget) {
    this.head = new RequestHead(limits);
    this.request = new RequestRelay(budget, slab);
    this.answer = new AnswerRelay(slab);
  }
}

/** Tools that nobody uses at the moment. */
export class ToolShed {
  private readonly idle: Tools[] = [];
  private readonly limits: RequestLimits;
  private readonly slab: Slab;
  private readonly budget: HoldBudget;

  constructor(limits: RequestLimits, slab: Slab, budget: HoldBudget) {
    this.limits = limits;
    this.slab = slab;
    this.budget = budget;
  }

  take(): Tools {
    return this.idle.pop() ?? new Tools(this.limits, this.slab, this.budget);
  }

  giveBack(tools: Tools): void {
    tools.head.reset();
    tools.head.fields.clear();
    tools.request.letGo();
    tools.answer.letGo();
    if (this.idle.length < MAX_IDLE) this.idle.push(tools);
  }
}

const MAX_IDLE = 1_024;
