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

  /** The version failed after its answer had begun. */
  failed(failure: Failure): void {
    this.#failure = failure;
  }

  /** The router answers in the version's stead. `failure`: how the version failed; undefined: it did not. */
  refused(status: number, failure: Failure | undefined): void {
    this.#status = status;
    this.#failure = failure;
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
