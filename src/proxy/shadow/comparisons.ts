import type { Difference } from "../../inference/compare/likeness.ts";
import type { ComparedNumbers } from "../../metrics/shadow-cells.ts";
import type { Outcome } from "../../routing/outcome.ts";
import type { BodyCopy } from "../body-copy.ts";
import type { ComparingApart } from "./compare-apart.ts";
import type { CodedBody, Found } from "./compare-bodies.ts";
import type { AnswerPair } from "./shadow-desk.ts";

/** What was found of two answers to one request. */
export interface Compared extends Omit<AnswerPair, "primary" | "shadow"> {
  readonly numbers: ComparedNumbers;
  /** undefined: they are the same, or nobody has looked. */
  readonly difference: Difference | undefined;
}

type Kind = "good" | "refused" | "overload" | "failed";

/** Holds a shadow's answers against those that clients got: what became of the requests here, what stands in them apart. */
export class Comparisons {
  private readonly apart: Pick<ComparingApart, "ask">;
  private readonly onCompared: (compared: Compared) => void;

  constructor(apart: Pick<ComparingApart, "ask">, onCompared: (compared: Compared) => void) {
    this.apart = apart;
    this.onCompared = onCompared;
  }

  take(pair: AnswerPair): void {
    const { primary, shadow, decision } = pair;
    if (primary.outcome.status === 499 || primary.outcome.left === true) {
      this.tell(pair, { uncompared: "client_left" });
      return;
    }
    const [was, is] = [kindOf(primary.outcome), kindOf(shadow.outcome)];
    if (was !== is) {
      const difference = { where: "outcome", primary: inWords(primary.outcome), shadow: inWords(shadow.outcome) };
      this.tell(pair, "other_outcome", 0, difference);
    } else if (was !== "good") this.tell(pair, { uncompared: "both_failed" });
    else if (decision.route.compare === undefined) this.tell(pair, "agree");
    else this.askApart(pair);
  }

  private askApart(pair: AnswerPair): void {
    const { primary, shadow, decision, plan, path } = pair;
    const how = decision.route.compare?.how;
    const lost = primary.body?.lost ?? shadow.body?.lost;
    if (how === undefined || lost !== undefined || primary.body === undefined || shadow.body === undefined) {
      this.tell(pair, { uncompared: lost ?? "unreadable" });
      return;
    }
    const question = {
      ...{ how, route: decision.route.name, version: plan.version.version, path },
      primary: codedBody(primary.body, primary.outcome),
      shadow: codedBody(shadow.body, shadow.outcome),
    };
    // The copies are let go of when this returns, and only numbers are needed of the pair later.
    const asked = this.apart.ask(question, (found) => this.onFound(pair, found));
    if (!asked) this.tell(pair, { uncompared: "queue_full" });
  }

  private onFound(pair: AnswerPair, found: Found): void {
    if (typeof found === "string") this.tell(pair, { uncompared: found });
    else this.tell(pair, found.agrees ? "agree" : "other_answer", found.similarity, found.difference);
  }

  private tell(
    { primary, shadow, ...about }: AnswerPair,
    result: ComparedNumbers["result"],
    similarity?: number,
    difference?: Difference,
  ): void {
    const good = kindOf(primary.outcome) === "good" && kindOf(shadow.outcome) === "good";
    const ratio = (of: (outcome: Outcome) => number | undefined): number | undefined => {
      const [a, b] = [of(primary.outcome) ?? 0, of(shadow.outcome) ?? 0];
      return good && a > 0 && b > 0 ? b / a : undefined;
    };
    const numbers = {
      result,
      similarity,
      durationRatio: ratio(({ duration }) => duration),
      tokensRatio: ratio(({ generated }) => generated?.completionTokens),
    };
    this.onCompared({ ...about, numbers, difference });
  }
}

/** As the guard takes them. */
function kindOf({ status, failure }: Outcome): Kind {
  if (status === 429 || status === 503 || status === 529) return "overload";
  if (failure !== undefined || status >= 500) return "failed";
  return status >= 400 ? "refused" : "good";
}

function inWords({ status, failure }: Outcome): string {
  return failure === undefined ? `status ${status}` : `status ${status}, ${failure}`;
}

function codedBody({ bytes, contentType, contentEncoding }: BodyCopy, { status }: Outcome): CodedBody {
  return { status, bytes, contentType, contentEncoding };
}
