import { NO_BODY } from "../wire/framing.ts";
import { RequestHead, type RequestLimits } from "../wire/request-head.ts";
import { AnswerRelay } from "./answer-relay.ts";
import { giveBackPlace, MEMORY, PLACE_SIZE, takePlace } from "./memory.ts";
import { type HoldBudget, RequestRelay } from "./request-relay.ts";
import { RequestView } from "./request-view.ts";
import type { Slab } from "./slab.ts";

/** What a connection works with while it has a request in hand. Large enough that idle connections do without. */
export class Tools {
  readonly head: RequestHead;
  /** The same head, as rules see it. */
  readonly view: RequestView;
  readonly request: RequestRelay;
  readonly answer: AnswerRelay;
  /** The request that is in hand, from `keptAt` on, when it was read into memory that is about to be overwritten. */
  kept = NOTHING;
  keptAt = 0;
  private place: number | undefined;

  constructor(limits: RequestLimits, slab: Slab, budget: HoldBudget) {
    this.head = new RequestHead(limits);
    this.view = new RequestView(this.head);
    this.request = new RequestRelay(budget, slab);
    this.answer = new AnswerRelay(slab);
  }

  /**
   * Copies the bytes of `MEMORY` that the head was found in, which are about to be overwritten. A small request that has come
   * whole is never written to a socket from where it lies, so it lies where another will lie after it.
   */
  keep(start: number, end: number): void {
    const { head } = this;
    const whole = head.bodyLength >= NO_BODY && head.bodyLength <= end - head.end;
    if (whole && end - start <= PLACE_SIZE) this.place ??= takePlace();
    else this.giveBackPlace();
    if (this.place === undefined) {
      this.kept = Buffer.from(MEMORY.subarray(start, end));
      this.keptAt = 0;
    } else {
      MEMORY.copyWithin(this.place, start, end);
      this.kept = MEMORY;
      this.keptAt = this.place;
    }
  }

  /** The request is not in hand any more. */
  letGo(): void {
    this.head.reset();
    this.request.letGo();
    this.answer.letGo();
    this.kept = NOTHING;
    this.giveBackPlace();
  }

  private giveBackPlace(): void {
    if (this.place !== undefined) giveBackPlace(this.place);
    this.place = undefined;
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
    tools.letGo();
    if (this.idle.length < MAX_IDLE) this.idle.push(tools);
  }
}

const MAX_IDLE = 1_024;
const NOTHING = Buffer.alloc(0);
