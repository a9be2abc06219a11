import type { Decision } from "../routing/decision.ts";
import type { Circumstances } from "./guard.ts";

/** Who answered a request. */
export interface Answer {
  readonly decision: Decision;
  readonly about: Circumstances;
}

/** What a request is known by: the name that was sent with it, or the number of the router's own name for it. */
export type AnsweredId = string | number;

/** The last requests that were answered on trial, by their ids. */
export class Answered {
  private readonly counted: CountedAnswers;
  private readonly named: NamedAnswers;
  private readonly numberIn: (requestId: string) => number | undefined;
  /** The numbers follow one another. */
  private readonly oneCounts: boolean;

  /**
   * @param most requests that are remembered of those with names of the router's, and of all others; 0: none.
   * @param numberIn the number in a name of the router's; undefined: it is somebody else's.
   * @param processes how many of them give numbers, each counting from elsewhere.
   */
  constructor(most: number, numberIn: (requestId: string) => number | undefined, processes = 1) {
    this.counted = new CountedAnswers(most);
    this.named = new NamedAnswers(most);
    this.numberIn = numberIn;
    this.oneCounts = processes === 1;
  }

  note(requestId: AnsweredId, decision: Decision, about: Circumstances): void {
    // Nobody compares what no rule has decided, or where there is nothing to compare.
    if (decision.rule === undefined || decision.route.candidates.length === 0) return;
    if (typeof requestId === "number" && this.oneCounts) this.counted.note(requestId, decision, about);
    else this.named.note(requestId, decision, about);
  }

  /** Whom what is said of a request is about; `repeated`: it was told before; undefined: it is not known here. */
  rate(requestId: string): Answer | "repeated" | undefined {
    const number = this.numberIn(requestId);
    // Somebody else may have sent a name that the router has once made.
    return (number === undefined ? undefined : this.rateOwn(number)) ?? this.named.rate(requestId);
  }

  private rateOwn(number: number): Answer | "repeated" | undefined {
    return this.oneCounts ? this.counted.rate(number) : this.named.rate(number);
  }
}

/**
 * Nearly all requests have names of the router's, whose numbers follow one another where one process counts. So each has a place, and noting it costs
 * four assignments: it leaves nothing for the garbage collector to carry on.
 */
class CountedAnswers {
  private readonly most: number;
  private numbers = new Float64Array(0);
  private callers = new Float64Array(0);
  private decisions: (Decision | undefined)[] = [];
  private modalities: string[] = [];
  private rated = new Uint8Array(0);

  constructor(most: number) {
    this.most = most;
  }

  note(number: number, decision: Decision, { modality, caller }: Circumstances): void {
    const { most } = this;
    if (most === 0) return;
    // No memory before there is traffic.
    if (this.numbers.length === 0) {
      this.numbers = new Float64Array(most);
      this.callers = new Float64Array(most);
      this.rated = new Uint8Array(most);
      this.decisions = new Array<undefined>(most).fill(undefined);
      this.modalities = new Array<string>(most).fill("");
    }
    const place = number % most;
    this.numbers[place] = number;
    this.callers[place] = caller ?? NOBODY;
    this.decisions[place] = decision;
    this.modalities[place] = modality;
    this.rated[place] = 0;
  }

  rate(number: number): Answer | "repeated" | undefined {
    const place = number % this.most;
    const decision = this.decisions[place];
    const caller = this.callers[place];
    if (decision === undefined || this.numbers[place] !== number) return undefined;
    if (this.rated[place] === 1) return "repeated";
    this.rated[place] = 1;
    const about = { modality: this.modalities[place] ?? "", caller: caller === NOBODY ? undefined : caller };
    return { decision, about };
  }
}

/** A caller is a whole number from 0 on. */
const NOBODY = -1;

/** The others, in the order of coming. */
class NamedAnswers {
  private readonly half: number;
  /** When the younger ones are half of all, the older ones are forgotten together. */
  private younger = new Map<AnsweredId, Answer>();
  private older = new Map<AnsweredId, Answer>();
  private rated = new Set<AnsweredId>();
  private ratedBefore = new Set<AnsweredId>();

  constructor(most: number) {
    this.half = Math.ceil(most / 2);
  }

  note(requestId: AnsweredId, decision: Decision, about: Circumstances): void {
    if (this.half === 0) return;
    if (this.younger.size >= this.half) {
      this.older = this.younger;
      this.younger = new Map();
      this.ratedBefore = this.rated;
      this.rated = new Set();
    }
    this.younger.set(requestId, { decision, about });
  }

  rate(requestId: AnsweredId): Answer | "repeated" | undefined {
    if (this.rated.has(requestId) || this.ratedBefore.has(requestId)) return "repeated";
    const answer = this.younger.get(requestId) ?? this.older.get(requestId);
    if (answer !== undefined) this.rated.add(requestId);
    return answer;
  }
}
