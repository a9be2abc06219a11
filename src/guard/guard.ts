import { type AutoCut, SIGNALS, type Signal } from "../routing/auto-cut.ts";
import type { Decision } from "../routing/decision.ts";
import type { Failure, Outcome } from "../routing/outcome.ts";
import type { Route } from "../routing/rules.ts";
import { type Answerer, Slice } from "./guard-slice.ts";
import { isBad, type Judgement, judge, type Pace, type Terms } from "./sequential.ts";
import { evidenceAbove, ratioIndex } from "./sequential-curve.ts";
import { Tally } from "./tallies.ts";

/** What the guard asks of the house. Both are cheap, synchronous and never throw. */
export interface GuardDoor {
  settingsOf(route: Route): AutoCut;
  /** A candidate is bad. Said once of a version and once of each slice, until `forget`. */
  onBad(found: Bad): void;
}

export interface Bad {
  readonly route: string;
  readonly version: string;
  /** Only what this rule sends to the candidate is bad; undefined: the version is. */
  readonly rule: string | undefined;
  /** For the history, in words. */
  readonly why: string;
  /** The settings say to tell and not to cut. */
  readonly observeOnly: boolean;
}

/** A tally by its name, as it goes to other replicas. */
export interface NamedTally {
  readonly route: string;
  readonly version: string;
  readonly rule: string;
  readonly signal: Signal;
  readonly sums: ArrayLike<number>;
}

/** A candidate, and what is known of it under each rule. */
interface Watch {
  readonly route: string;
  readonly version: string;
  readonly slices: Map<string, Slice>;
  /** The rules under which it was found bad; undefined among them: the version. */
  readonly told: Set<string | undefined>;
}

/**
 * Judges candidates by what becomes of requests. Candidate and stable are compared rule by rule, because each rule sends
 * customers of its own kind to the candidate, and only what the share decided: who asks for a version by `x-canary` is not like
 * the others.
 */
export class Guard {
  private readonly door: GuardDoor;
  private readonly watches = new Map<string, Watch>();

  constructor(door: GuardDoor) {
    this.door = door;
  }

  /** A request has ended. */
  onOutcome({ route, rule, version, reason }: Decision, outcome: Outcome): void {
    // 499: the client left, and nobody knows what would have come.
    if (rule === undefined || outcome.status === 499) return;
    if (reason === "share") this.note(route, version.version, rule.name, "candidate", outcome);
    else if (reason === "rest" || reason === "fallback") {
      // What stable makes of a candidate's failures comes on top of its part of the requests, so only the breaker hears of it.
      const of = reason === "rest" ? "stable" : "stable instead";
      for (const share of rule.shares) if (share.points > 0) this.note(route, share.version, rule.name, of, outcome);
    }
  }

  /** A candidate has failed a request, and stable is asked instead: there will be no outcome of the candidate's. */
  onFailed({ route, rule, version, reason }: Decision, failure: Failure): void {
    if (rule === undefined || reason !== "share") return;
    const outcome = { status: 502, failure, firstByte: undefined, duration: 0, overhead: 0 };
    this.note(route, version.version, rule.name, "candidate", outcome);
  }

  /** Somebody liked an answer, or did not. */
  onFeedback({ route, rule, version, reason }: Decision, liked: boolean): void {
    if (rule === undefined || (reason !== "share" && reason !== "rest")) return;
    const settings = this.door.settingsOf(route);
    if (settings.feedback === undefined) return;
    const ofCandidate = reason === "share";
    const candidates = ofCandidate ? [version.version] : rule.shares.map((share) => share.version);
    for (const candidate of candidates) {
      const watch = this.watchOf(route.name, candidate);
      const slice = sliceOf(watch, rule.name, settings);
      if (slice.count("feedback", ofCandidate, !liked)) this.test(watch, slice, "feedback", settings);
    }
  }

  /** What is thought of a candidate, signal by signal; of what one rule sends to it, or (undefined) of all. */
  judge(route: Route, version: string, rule: string | undefined, pace: Pace | undefined): Judgement[] {
    const settings = this.door.settingsOf(route);
    const watch = this.watchOf(route.name, version);
    return SIGNALS.flatMap((signal) => {
      const terms = termsOf(watch, settings, signal);
      const slices = [...watch.slices.values()].filter((slice) => rule === undefined || slice.rule === rule);
      return terms === undefined ? [] : [judge(sumOf(slices, signal), terms, pace)];
    });
  }

  /** What this replica has seen, for the others. */
  *tallies(): Iterable<NamedTally> {
    for (const { route, version, slices } of this.watches.values()) {
      for (const { rule, own } of slices.values()) {
        for (const [signal, { sums }] of own) yield { route, version, rule, signal, sums };
      }
    }
  }

  /** What all other replicas have seen, added up; it takes the place of what they had before. */
  hear(route: Route, { version, rule, signal, sums }: NamedTally): void {
    const settings = this.door.settingsOf(route);
    const watch = this.watchOf(route.name, version);
    const slice = sliceOf(watch, rule, settings);
    const tally = new Tally();
    if (!tally.add(sums)) return;
    slice.others.set(signal, tally);
    this.test(watch, slice, signal, settings);
  }

  /** Begins anew with a candidate: it was restored, or has left the rules. */
  forget(route: string, version: string): void {
    this.watches.delete(keyOf(route, version));
  }

  private note(route: Route, version: string, rule: string, of: Answerer, outcome: Outcome): void {
    const settings = this.door.settingsOf(route);
    const watch = this.watchOf(route.name, version);
    const slice = sliceOf(watch, rule, settings);
    const why = slice.note(of, outcome, settings, (signal) => this.test(watch, slice, signal, settings));
    if (why !== undefined) this.tell(watch, slice, "failures", settings, why);
  }

  private test(watch: Watch, slice: Slice, signal: Signal, settings: AutoCut): void {
    const terms = termsOf(watch, settings, signal);
    if (terms === undefined) return;
    for (const slices of [[slice], [...watch.slices.values()]]) {
      const sum = sumOf(slices, signal);
      if (isBad(sum, terms)) this.tell(watch, slice, signal, settings, judge(sum, terms, undefined).sentence);
    }
  }

  private tell(watch: Watch, slice: Slice, signal: Signal, settings: AutoCut, why: string): void {
    const { route, version, told } = watch;
    const rule = isAlone(watch, slice, signal, settings) ? slice.rule : undefined;
    if (told.has(undefined) || told.has(rule)) return;
    told.add(rule);
    this.door.onBad({ route, version, rule, why, observeOnly: settings.observeOnly });
  }

  private watchOf(route: string, version: string): Watch {
    const key = keyOf(route, version);
    const known = this.watches.get(key);
    if (known !== undefined) return known;
    const watch: Watch = { route, version, slices: new Map(), told: new Set() };
    this.watches.set(key, watch);
    return watch;
  }
}

/** The candidate has shown under its other rules, too, what it is like, and there is nothing to be said against it there. */
function isAlone(watch: Watch, slice: Slice, signal: Signal, settings: AutoCut): boolean {
  const others = sumOf(
    [...watch.slices.values()].filter((one) => one !== slice),
    signal,
  );
  const tolerance = settings[signal] ?? 1;
  return others.candidateTrials >= settings.minRequests && evidenceAbove(others.curve, ratioIndex(tolerance)) <= 0;
}

function sumOf(slices: readonly Slice[], signal: Signal): Tally {
  const sum = new Tally();
  for (const slice of slices) slice.addTo(sum, signal);
  return sum;
}

/** undefined: the signal is not judged. */
function termsOf({ slices }: Watch, settings: AutoCut, signal: Signal): Terms | undefined {
  const tolerance = settings[signal];
  if (tolerance === undefined) return undefined;
  const judged = SIGNALS.filter((one) => settings[one] !== undefined).length;
  const isSlowness = signal === "firstByte" || signal === "duration";
  return {
    signal,
    tolerance,
    // What is slow is measured against stable already.
    floor: isSlowness ? 0 : settings.floor,
    minRequests: settings.minRequests,
    falseAlarm: 1 - settings.confidence,
    // One rule alone is all there is: it is not tested twice.
    tests: judged * (slices.size > 1 ? slices.size + 1 : 1),
  };
}

function sliceOf(watch: Watch, rule: string, settings: AutoCut): Slice {
  const known = watch.slices.get(rule);
  if (known !== undefined) return known;
  const slice = new Slice(rule, settings);
  watch.slices.set(rule, slice);
  return slice;
}

function keyOf(route: string, version: string): string {
  return `${route}\u0000${version}`;
}
