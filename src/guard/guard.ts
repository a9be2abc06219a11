import { AUTO_CUT, type AutoCut, type Signal } from "../routing/auto-cut.ts";
import type { CutSlice, CutTarget } from "../routing/cuts.ts";
import type { Decision } from "../routing/decision.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";
import type { Route, Rule } from "../routing/rules.ts";
import { ByVersion } from "./by-version.ts";
import type { Answerer } from "./guard-cell.ts";
import { type Finding, Watch } from "./guard-watch.ts";
import type { Judgement, Pace } from "./sequential.ts";
import { Tally } from "./tallies.ts";

/** A candidate is bad. Said once of a version and once of each slice, until `forget`. */
export interface Bad extends CutTarget {
  /** For the history, in words. */
  readonly why: string;
  /** The settings say to tell and not to cut. */
  readonly observeOnly: boolean;
}

/** What is known of who asked and for what. */
export interface Circumstances {
  readonly modality: string;
  /** A whole number that the same caller always has; undefined: nobody knows. */
  readonly caller: number | undefined;
}

/** Where a tally belongs. */
export interface TallyName {
  readonly rule: string;
  readonly modality: string;
  readonly signal: Signal;
}

/** What is thought of a candidate. */
export interface Opinion {
  /** Signal by signal, of what was not found bad by itself. */
  readonly judgements: readonly Judgement[];
  /** What was found bad, and cut unless the settings say only to tell. */
  readonly findings: readonly Finding[];
}

/**
 * Judges candidates by what becomes of requests. Candidate and stable are compared rule by rule, because each rule sends
 * customers of its own kind to the candidate, and modality by modality; and only in what the share decided: who asks for a version
 * by `x-canary` is not like the others.
 */
export class Guard {
  private readonly onBad: (bad: Bad) => void;
  /** By route and version. */
  private readonly watches = new ByVersion<Watch>();
  /** Each request of nobody's is taken for another caller's. */
  private strangers = 0;

  /** `onBad` is cheap, synchronous and never throws. */
  constructor(onBad: (bad: Bad) => void) {
    this.onBad = onBad;
  }

  /** A request has ended. */
  onOutcome({ route, rule, version, reason }: Decision, about: Circumstances, outcome: Outcome): void {
    // The client left, and nobody knows what would have come.
    if (rule === undefined || outcome.status === 499 || outcome.left === true) return;
    if (reason === "share") this.note(route, version.version, rule, "candidate", about, outcome);
    else if (reason === "rest" || reason === "fallback") {
      // What stable makes of a candidate's failures comes on top of its part of the requests, so only the breaker hears of it.
      const of = reason === "rest" ? "stable" : "stable instead";
      for (const share of rule.shares) if (share.points > 0) this.note(route, share.version, rule, of, about, outcome);
    }
  }

  /** A candidate has failed a request, and stable is asked instead: there will be no outcome of the candidate's. */
  onFailed({ route, rule, version, reason }: Decision, about: Circumstances, failure: Failure): void {
    if (rule === undefined || reason !== "share") return;
    const outcome = { status: 502, failure, firstByte: undefined, duration: 0, overhead: 0 };
    this.note(route, version.version, rule, "candidate", about, outcome);
  }

  /** Somebody liked an answer, or did not. */
  onFeedback({ route, rule, version, reason }: Decision, { modality, caller }: Circumstances, liked: boolean): void {
    if (rule === undefined || (reason !== "share" && reason !== "rest")) return;
    const { autoCut = AUTO_CUT } = route;
    if (autoCut.feedback === undefined) return;
    const ofCandidate = reason === "share";
    const shares = rule.shares.filter((one) => (ofCandidate ? one.version === version.version : one.points > 0));
    for (const share of shares) {
      const watch = this.watchOf(route, share.version);
      const cell = watch.cell(rule.name, modality);
      if (cell.count("feedback", ofCandidate, !liked, caller ?? this.strangers++)) {
        this.tell(route, watch, watch.test(route, cell, "feedback", autoCut), autoCut);
      }
    }
  }

  /** What is thought of a candidate, or of a slice of what it gets. */
  opinion(route: Route, version: string, pace?: Pace, slice: CutSlice = {}): Opinion {
    const watch = this.watchOf(route, version);
    return {
      judgements: watch.judge(route, route.autoCut ?? AUTO_CUT, slice, pace),
      findings: [...watch.findings],
    };
  }

  /** What this replica has seen of a candidate; `sums` go on changing. */
  *tallies(route: Route, version: string): Iterable<TallyName & { readonly sums: Float64Array }> {
    for (const { rule, modality, own } of this.watchOf(route, version).cells()) {
      for (const [signal, { sums }] of own) yield { rule, modality, signal, sums };
    }
  }

  /** How many requests have ended, here and elsewhere; those of the last moments are not in it. */
  requests(route: Route, version: string): { readonly candidate: number; readonly stable: number } {
    return this.watchOf(route, version).requests();
  }

  /** What all other replicas have seen, added up; it takes the place of what they had before. */
  hear(route: Route, version: string, { rule, modality, signal }: TallyName, sums: ArrayLike<number>): void {
    const tally = new Tally();
    if (!tally.add(sums)) return;
    const { autoCut = AUTO_CUT } = route;
    const watch = this.watchOf(route, version);
    const cell = watch.cell(rule, modality);
    cell.others.set(signal, tally);
    this.tell(route, watch, watch.test(route, cell, signal, autoCut), autoCut);
  }

  /** Begins anew with a candidate. */
  forget(route: string, version: string): void {
    this.watches.delete(route, version);
  }

  /** Forgets what is on trial no more. */
  keep(routes: readonly Route[]): void {
    this.watches.keep(routes, ({ candidates }) => candidates);
  }

  private note(
    route: Route,
    version: string,
    rule: Rule,
    of: Answerer,
    { modality, caller = this.strangers++ }: Circumstances,
    outcome: Outcome,
  ): void {
    const { autoCut = AUTO_CUT } = route;
    const watch = this.watchOf(route, version);
    const cell = watch.cell(rule.name, modality);
    this.tell(route, watch, watch.note(route, cell, of, outcome, caller, autoCut), autoCut);
  }

  private tell({ name }: Route, { version }: Watch, found: Finding | undefined, { observeOnly }: AutoCut): void {
    if (found !== undefined) this.onBad({ route: name, version, ...found.slice, why: found.why, observeOnly });
  }

  private watchOf({ name, stable }: Route, version: string): Watch {
    let watch = this.watches.get(name, version);
    // Against another stable version a candidate is judged anew.
    if (watch?.stable !== stable.version) {
      watch = new Watch(version, stable.version);
      this.watches.set(name, version, watch);
    }
    return watch;
  }
}
