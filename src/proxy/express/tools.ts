import { NO_BODY } from "../wire/framing.ts";
import { RequestHead, type RequestLimits } from "../wire/request-head.ts";
import { AnswerRelay } from "./answer-relay.ts";
import { type HoldBudget, RequestRelay } from "./request-relay.ts";
import { RequestView } from "./request-view.ts";
import type { Slab } from "./slab.ts";

/** The largest request that lies in memory of the tools'. */
const MOST_KEPT = 16 * 1024;

/** What a connection works with while it has a request in hand. Large enough that idle connections do without. */
export class Tools {
  readonly head: RequestHead;
  /** The same head, as rules see it. */
  readonly view: RequestView;
  readonly request: RequestRelay;
  readonly answer: AnswerRelay;
  private memory = NOTHING;

  constructor(limits: RequestLimits, slab: Slab, budget: HoldBudget) {
    this.head = new RequestHead(limits);
    this.view = new RequestView(this.head);
    this.request = new RequestRelay(budget, slab);
    this.answer = new AnswerRelay(slab);
  }

  /**
   * Copies the bytes that the head was found in, which are about to be overwritten. A small request that has come whole is never
   * written to a socket from where it lies, so it lies in memory that the next request uses again.
   */
  keep(bytes: Buffer, start: number, end: number): Buffer {
    const { head } = this;
    const size = end - start;
    const whole = head.bodyLength >= NO_BODY && head.bodyLength <= end - head.end;
    let own = this.memory;
    if (!whole || size > MOST_KEPT) own = Buffer.allocUnsafe(size);
    else if (size > own.length) {
      own = Buffer.allocUnsafeSlow(Math.ceil(size / 1024) * 1024);
      this.memory = own;
    }
    bytes.copy(own, 0, start, end);
    return own;
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
const NOTHING = Buffer.alloc(0);
