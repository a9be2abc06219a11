import { MODALITIES } from "../inference/modality.ts";
import { type AutoCut, SIGNALS, type Signal } from "../routing/auto-cut.ts";
import type { CutSlice } from "../routing/cuts.ts";
import type { Outcome } from "../routing/outcome.ts";
import type { Route } from "../routing/rules.ts";
import { Breaker } from "./breaker.ts";
import { type Answerer, Cell, type Counts, isFailure } from "./guard-cell.ts";
import { isBad, type Judgement, judge, type Pace, type Terms } from "./sequential.ts";
import { evidenceAbove, ratioIndex } from "./sequential-curve.ts";
import { Tally } from "./tallies.ts";

/** What was found bad, and why in words. */
export interface Finding {
  readonly slice: CutSlice;
  readonly why: string;
}

/** So many of the candidate's requests elsewhere show whether a trouble is of one slice alone. */
const ENOUGH_ELSEWHERE = 5;
/** As long as not more than this part of them goes wrong, or twice what of stable's does. */
const HARMLESS_ELSEWHERE = 0.1;
const WHOLE: CutSlice = {};

/** All that is known of one candidate beside one stable version. */
export class Watch {
  readonly version: string;
  readonly stable: string;
  /** The cell that was asked for last, which mostly is the next one too. */
  private last: Cell | undefined;
  /** By rule and modality. */
  private readonly byRule = new Map<string, Map<string, Cell>>();
  /** Slices that were found bad, by their key: they are judged no more. */
  private readonly told = new Map<string, Finding>();
  /** Of each rule, whatever the modality. */
  private readonly breakers = new Map<string, Breaker>();

  constructor(version: string, stable: string) {
    this.version = version;
    this.stable = stable;
  }

  get findings(): Iterable<Finding> {
    return this.told.values();
  }

  cell(rule: string, modality: string): Cell {
    const { last } = this;
    if (last !== undefined && last.rule === rule && last.modality === modality) return last;
    let cells = this.byRule.get(rule);
    if (cells === undefined) {
      cells = new Map();
      this.byRule.set(rule, cells);
    }
    let cell = cells.get(modality);
    if (cell === undefined) {
      cell = new Cell(rule, modality);
      cells.set(modality, cell);
    }
    this.last = cell;
    return cell;
  }

  private hasEvents(signal: Signal): boolean {
    for (const cell of this.cells()) if (cell.hasEvents(signal)) return true;
    return false;
  }

  *cells(): Iterable<Cell> {
    for (const cells of this.byRule.values()) yield* cells.values();
  }

  /** Counts a request that has ended. @returns what is bad, if that is news. */
  note(route: Route, cell: Cell, of: Answerer, outcome: Outcome, caller: number, settings: AutoCut) {
    const why = cell.note(of, outcome, caller, settings);
    let finding: Finding | undefined;
    for (const signal of cell.changed) finding ??= this.test(route, cell, signal, settings);
    const breaker = this.breakerOf(cell.rule, settings);
    const failed = isFailure(outcome);
    if (of !== "candidate") breaker?.onStable(failed);
    const ofRule = of === "candidate" ? breaker?.onCandidate(failed, caller) : undefined;
    const burst = why ?? ofRule;
    return finding ?? (burst === undefined ? undefined : this.find(cell, "failures", settings, burst));
  }

  /** Asks the test about a cell, the slices that it is in, and all. */
  test(route: Route, cell: Cell, signal: Signal, settings: AutoCut): Finding | undefined {
    // Nothing is held against who has never failed, and that is nearly always so.
    if (!this.hasEvents(signal)) return undefined;
    const live = this.live();
    const groups = [
      { cells: live, isSlice: false },
      { cells: live.filter(({ modality }) => modality === cell.modality), isSlice: true },
      { cells: live.filter(({ rule }) => rule === cell.rule), isSlice: true },
    ];
    for (const { cells, isSlice } of groups) {
      if (isSlice && cells.length === live.length) continue;
      const terms = this.termsOf(route, settings, signal, isSlice);
      const sum = sumOf(cells, signal);
      if (terms === undefined || !isBad(sum, terms)) continue;
      const worst = isSlice ? cell : worstOf(cells, signal);
      const finding = this.find(worst, signal, settings, judge(sum, terms, undefined).sentence);
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  /** What is thought of the candidate, signal by signal; of a slice, or of all that was not found bad. */
  judge(route: Route, settings: AutoCut, slice: CutSlice, pace: Pace | undefined): Judgement[] {
    const isSlice = slice.rule !== undefined || slice.modality !== undefined;
    const cells = isSlice ? [...this.cells()].filter((cell) => isOf(cell, slice)) : this.live();
    return SIGNALS.flatMap((signal) => {
      const terms = this.termsOf(route, settings, signal, isSlice);
      return terms === undefined ? [] : [judge(sumOf(cells, signal), terms, pace)];
    });
  }

  requests(): { readonly candidate: number; readonly stable: number } {
    const cells = [...this.cells()];
    const sums = SIGNALS.map((signal) => sumOf(cells, signal));
    const most = (of: (sum: Tally) => number) => Math.max(...sums.map(of));
    return { candidate: most((sum) => sum.candidateTrials), stable: most((sum) => sum.stableTrials) };
  }

  /** Tells of a trouble that showed in a cell: of the slice alone where all else is well, else of the version. */
  private find(cell: Cell, signal: Signal, settings: AutoCut, why: string): Finding | undefined {
    const slice = this.sliceOf(cell, signal, settings);
    const key = keyOf(slice);
    if (this.told.has(key) || this.told.has(keyOf(WHOLE))) return undefined;
    const finding = { slice, why };
    this.told.set(key, finding);
    // What is cut alone says nothing about the rest.
    this.breakers.clear();
    return finding;
  }

  private sliceOf({ rule, modality }: Cell, signal: Signal, settings: AutoCut): CutSlice {
    const isWell = (slice: CutSlice) => {
      const elsewhere = this.live().filter((cell) => !isOf(cell, slice));
      return isHarmless(elsewhere, signal, settings);
    };
    if (isWell({ modality })) return { modality };
    return isWell({ rule }) ? { rule } : WHOLE;
  }

  /** What was not found bad by itself. */
  private live(): Cell[] {
    const slices = [...this.told.values()].map(({ slice }) => slice).filter((slice) => slice !== WHOLE);
    return [...this.cells()].filter((cell) => !slices.some((slice) => isOf(cell, slice)));
  }

  private breakerOf(rule: string, { inARow }: AutoCut): Breaker | undefined {
    if (inARow === undefined) return undefined;
    let breaker = this.breakers.get(rule);
    if (breaker?.inARow !== inARow) {
      breaker = new Breaker(inARow);
      this.breakers.set(rule, breaker);
    }
    return breaker;
  }

  /** undefined: the signal is not judged. */
  private termsOf(route: Route, settings: AutoCut, signal: Signal, isSlice: boolean): Terms | undefined {
    const tolerance = settings[signal];
    if (tolerance === undefined) return undefined;
    const judged = SIGNALS.filter((one) => settings[one] !== undefined).length;
    const isSlowness = signal === "firstByte" || signal === "duration";
    const slices = this.slicesOf(route);
    return {
      signal,
      tolerance,
      // What is slow is measured against stable already.
      floor: isSlowness ? 0 : settings.floor,
      minRequests: settings.minRequests,
      falseAlarm: 1 - settings.confidence,
      // Half of the chance is the whole's, and half is shared by all slices that there can be.
      tests: judged * (slices === 0 ? 1 : isSlice ? 2 * slices : 2),
    };
  }

  private slicesOf({ rules, modality }: Route): number {
    const giving = rules.filter(({ shares }) => shares.some((one) => one.version === this.version && one.points > 0));
    const modalities = modality.from === "fixed" ? 0 : MODALITIES.length + 1;
    return modalities + (giving.length > 1 ? giving.length : 0);
  }
}

function keyOf({ rule, modality }: CutSlice): string {
  return JSON.stringify([rule, modality]);
}

function isOf({ rule, modality }: Cell, slice: CutSlice): boolean {
  return (slice.rule ?? rule) === rule && (slice.modality ?? modality) === modality;
}

/** The candidate has shown there what it is like, and there is nothing to be said against it. */
function isHarmless(cells: readonly Cell[], signal: Signal, settings: AutoCut): boolean {
  const counts: Counts = { candidate: 0, candidateEvents: 0, stable: 0, stableEvents: 0 };
  for (const cell of cells) cell.countInto(counts, signal);
  const { candidate, candidateEvents, stable, stableEvents } = counts;
  if (candidate < ENOUGH_ELSEWHERE) return false;
  const harmless = Math.max(HARMLESS_ELSEWHERE, stable === 0 ? 0 : (2 * stableEvents) / stable);
  if (candidateEvents > harmless * candidate) return false;
  return evidenceAbove(sumOf(cells, signal).curve, ratioIndex(settings[signal] ?? 1)) <= 0;
}

/** Where most of the events are. */
function worstOf(cells: readonly Cell[], signal: Signal): Cell {
  const events = (cell: Cell) => sumOf([cell], signal).candidateEvents;
  return cells.reduce((worst, cell) => (events(cell) > events(worst) ? cell : worst));
}

function sumOf(cells: readonly Cell[], signal: Signal): Tally {
  const sum = new Tally();
  for (const cell of cells) cell.addTo(sum, signal);
  return sum;
}
