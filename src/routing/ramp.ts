import type { RampStep, Route, Rule, Rules } from "./rules.ts";

/** How far a ramp has come. */
export interface RampPosition {
  /** The candidate that it is for: another one begins anew. */
  readonly version: string;
  /** From 0. */
  readonly step: number;
  /** The share of that step: 0–10000. */
  readonly points: number;
  readonly state: "running" | "paused" | "aborted";
  /** Milliseconds that it had run in this step by `at`. */
  readonly spent: number;
  /** Milliseconds since 1970, by the clock of the store. */
  readonly at: number;
  /** Who has approved this step. */
  readonly approvedBy?: string | undefined;
}

/** By `rampKey`. */
export type RampPositions = ReadonlyMap<string, RampPosition>;

export function rampKey(route: string, rule: string): string {
  return `${route}\u0000${rule}`;
}

/** A ramp in the rules. */
export interface PlannedRamp {
  readonly route: Route;
  readonly rule: Rule;
  readonly version: string;
  readonly steps: readonly RampStep[];
}

export function* rampsOf({ routes }: Pick<Rules, "routes">): Iterable<PlannedRamp> {
  for (const route of routes) {
    const version = route.candidates[0]?.version;
    for (const rule of route.rules) {
      if (rule.ramp !== undefined && version !== undefined) yield { route, rule, version, steps: rule.ramp };
    }
  }
}

/**
 * The step of a plan that a position is at. In a plan that was changed it is the last one that gives no more than the present
 * share, so that no edit of a plan widens it by itself; with no such step, or for another version, it is the first.
 */
export function stepIn({ version, steps }: PlannedRamp, position: RampPosition | undefined): number {
  if (position?.version !== version) return 0;
  if (steps[position.step]?.points === position.points) return position.step;
  return Math.max(
    0,
    steps.findLastIndex(({ points }) => points <= position.points),
  );
}

/** The share that a ramp gives now, in points; an aborted one gives nothing. */
export function pointsNow(ramp: PlannedRamp, position: RampPosition | undefined): number {
  if (position?.version === ramp.version && position.state === "aborted") return 0;
  return ramp.steps[stepIn(ramp, position)]?.points ?? 0;
}

/** The same rules with the shares that their ramps give now. */
export function withRamps(rules: Rules, positions: RampPositions): Rules {
  const present = new Map<Rule, Rule>();
  for (const ramp of rampsOf(rules)) {
    const { route, rule, version } = ramp;
    const position = positions.get(rampKey(route.name, rule.name));
    const points = pointsNow(ramp, position);
    present.set(rule, { ...rule, shares: [{ version, points }] });
  }
  if (present.size === 0) return rules;
  const routes = rules.routes.map((route) =>
    route.rules.some((rule) => present.has(rule))
      ? { ...route, rules: route.rules.map((rule) => present.get(rule) ?? rule) }
      : route,
  );
  return { ...rules, routes };
}

/** What is known of a candidate under a rule. */
export interface RampEvidence {
  /** undefined: nobody judges it. */
  readonly verdict: "good" | "bad" | "not enough data" | undefined;
  /** Whether the candidate has answered anything since the step began, as far as is known here. */
  readonly answered: boolean;
}

/** Milliseconds that a ramp has run in its step. */
export function timeInStep({ state, spent, at }: RampPosition, now: number): number {
  return spent + (state === "running" ? Math.max(0, now - at) : 0);
}

/** What must come before the next step, each in some words; empty: nothing more. There is a next step. */
export function waitsFor(step: RampStep, position: RampPosition, now: number, evidence: RampEvidence): string[] {
  const waits: string[] = [];
  const left = (step.for ?? 0) - timeInStep(position, now);
  if (left > 0) waits.push(`${timeText(left)} more`);
  if (step.until === "approved" && position.approvedBy === undefined) waits.push("an approval");
  const { verdict, answered } = evidence;
  if (step.until === "good" && verdict !== "good")
    waits.push(`the verdict good (it is ${verdict ?? "judged by nobody"})`);
  else if (verdict === "bad") waits.push("the verdict to be bad no more");
  // Time alone says nothing of a candidate that nobody has asked.
  else if (!answered && step.points > 0) waits.push("an answer of the candidate");
  return waits;
}

/** The steps in words: `1 % for 10 min, 5 % for 30 min until good, 25 %`. */
export function planText(steps: readonly RampStep[]): string {
  return steps
    .map((step) => {
      const time = step.for === undefined ? "" : ` for ${timeText(step.for)}`;
      return `${step.points / 100} %${time}${step.until === undefined ? "" : ` until ${step.until}`}`;
    })
    .join(", ");
}

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** Milliseconds in the two largest units that are not zero, upward: `1 h 30 min`, `12 s`. */
export function timeText(milliseconds: number): string {
  let left = Math.ceil(milliseconds / 1_000) * 1_000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count === 0) continue;
    left -= count * size;
    parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}
