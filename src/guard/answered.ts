import type { Decision } from "../routing/decision.ts";
import type { Circumstances } from "./guard.ts";

/** Who answered a request. */
export interface Answer {
  readonly decision: Decision;
  readonly about: Circumstances;
}

/** The last requests that were answered on trial, by their ids. */
export class Answered {
  private readonly half: number;
  /** When the younger ones are half of all, the older ones are forgotten together. */
  private younger = new Map<string, Answer>();
  private older = new Map<string, Answer>();
  private rated = new Set<string>();
  private ratedBefore = new Set<string>();

  /** @param most requests that are remembered; 0: none. */
  constructor(most: number) {
    this.half = Math.ceil(most / 2);
  }

  note(requestId: string, decision: Decision, about: Circumstances): void {
    // Nobody compares what no rule has decided, or where there is nothing to compare.
    if (this.half === 0 || decision.rule === undefined || decision.route.candidates.length === 0) return;
    if (this.younger.size >= this.half) {
      this.older = this.younger;
      this.younger = new Map();
      this.ratedBefore = this.rated;
      this.rated = new Set();
    }
    this.younger.set(requestId, { decision, about });
  }

  /** Whom what is said of a request is about; `repeated`: it was told before; undefined: it is not known here. */
  rate(requestId: string): Answer | "repeated" | undefined {
    if (this.rated.has(requestId) || this.ratedBefore.has(requestId)) return "repeated";
    const answer = this.younger.get(requestId) ?? this.older.get(requestId);
    if (answer !== undefined) this.rated.add(requestId);
    return answer;
  }
}
