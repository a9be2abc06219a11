import type { Decision } from "../../routing/decision.ts";
import type { Failure, Outcome } from "../../routing/outcome.ts";
import type { Door, Labels } from "../door.ts";

/** One decided request on its way: notes the times, and tells the door what became of it, once. */
export class Trip {
  readonly decision: Decision;
  readonly #door: Door;
  readonly #labels: Labels;
  readonly #startedAt: number;
  readonly #ended: (outcome: Outcome) => void;
  #overhead: number | undefined;
  #firstByte: number | undefined;
  #status = 499;
  #failure: Failure | undefined;
  #over = false;

  /** `startedAt`: when the head had been read, in `performance.now()` milliseconds. */
  constructor(door: Door, decision: Decision, labels: Labels, startedAt: number, ended: (outcome: Outcome) => void) {
    this.decision = decision;
    this.#door = door;
    this.#labels = labels;
    this.#startedAt = startedAt;
    this.#ended = ended;
    door.onDecision(decision);
  }

  get over(): boolean {
    return this.#over;
  }

  /** The endpoint has been sent the head. */
  asked(): void {
    this.#overhead ??= this.#elapsed();
  }

  /** The version's answer began. */
  answered(status: number): void {
    this.#firstByte ??= this.#elapsed();
    this.#status = status;
    if (status >= 500) this.#failure = "http_5xx";
  }

  /** The version failed. `status`: what the router answers for it; undefined: the version's answer had begun. */
  failed(failure: Failure, status: number | undefined): void {
    this.#failure = failure;
    if (status !== undefined) this.#status = status;
  }

  /** The router answered for a reason that is not the version's. */
  refused(status: number): void {
    this.#status = status;
  }

  /** Nothing comes after this. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const duration = this.#elapsed();
    const outcome = {
      status: this.#status,
      failure: this.#failure,
      firstByte: this.#firstByte,
      duration,
      overhead: this.#overhead ?? duration,
    };
    this.#door.onOutcome(this.decision, this.#labels, outcome);
    this.#ended(outcome);
  }

  #elapsed(): number {
    return performance.now() - this.#startedAt;
  }
}
