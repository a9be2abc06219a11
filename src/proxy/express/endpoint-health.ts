import type { Failure } from "../../routing/outcome.ts";

/** So many requests, or probes, in a row that have failed, and the endpoint is left out. */
const FAILURES_IN_A_ROW = 3;

/** How long an endpoint is left out at first, and at the most, in ms; each failed trial doubles the pause. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** What an endpoint does, where other failures are the model's: nothing came, or no HTTP did. */
const OF_THE_ENDPOINT: ReadonlySet<Failure> = new Set([
  "connect_refused",
  "connect_timeout",
  "bad_certificate",
  "first_byte_timeout",
  "reset",
  "protocol_error",
]);

/**
 * Whether an endpoint is fit to be asked, from what became of the requests and probes that it got. One that requests have put
 * out gets a single request a pause, as a trial; any answer, whatever it says, brings it back. One that probes have put out
 * only a probe brings back.
 */
export class EndpointHealth {
  private inARow = 0;
  /** 0: requests have not put it out. */
  private pause = 0;
  private pausedAt = 0;
  private onTrial = false;
  private probesInARow = 0;
  /** Nobody has seen it well yet: one failed probe is enough. */
  private isNew = true;
  private probedOut = false;

  get isOut(): boolean {
    return this.pause > 0 || this.probedOut;
  }

  /** Whether it may be asked. Where that is a trial, it is taken by asking. `now`: ms, monotone. */
  mayBeAsked(now: number): boolean {
    if (this.probedOut) return false;
    if (this.pause === 0) return true;
    if (now - this.pausedAt < this.pause) return false;
    this.pausedAt = now;
    this.onTrial = true;
    return true;
  }

  /** It has answered a request. */
  worked(): void {
    this.inARow = 0;
    this.pause = 0;
    this.onTrial = false;
  }

  /** A request has failed there. */
  failed(failure: Failure, now: number): void {
    if (!OF_THE_ENDPOINT.has(failure)) return;
    this.inARow++;
    // What was in hand when it was put out says nothing new: only a trial does.
    if (this.pause > 0 ? !this.onTrial : this.inARow < FAILURES_IN_A_ROW) return;
    this.pause = Math.min(this.pause * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.pausedAt = now;
    this.onTrial = false;
  }

  /** What it said of itself. */
  probed(well: boolean): void {
    if (well) {
      this.worked();
      this.isNew = false;
      this.probesInARow = 0;
      this.probedOut = false;
    } else {
      this.probesInARow++;
      if (this.isNew || this.probesInARow >= FAILURES_IN_A_ROW) this.probedOut = true;
    }
  }
}
