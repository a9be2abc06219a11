import { BUCKETS } from "./bucket.ts";
import { type CutSlice, type Cuts, isHit } from "./cuts.ts";
import { candidateInPlace, decide, forced, land } from "./decide.ts";
import type { Decision, Track } from "./decision.ts";
import type { BucketTrail, Miss, Tried } from "./explain.ts";
import type { Facts } from "./facts.ts";
import { mayChoose } from "./override.ts";
import { type CompiledRoute, type CompiledRule, slicesOf } from "./table.ts";

/** One thing that would bring a request to the other track. */
export type Change =
  /** The rule that decides would have to give the version at least, or at most, `points` of 0.01 %. */
  | {
      readonly kind: "share";
      readonly rule: string;
      readonly version: string;
      readonly bound: "at least" | "at most";
      readonly points: number;
    }
  /** An earlier rule would have to hold, which these facts keep from it. */
  | { readonly kind: "rule"; readonly rule: string; readonly misses: readonly Miss[] }
  | ({ readonly kind: "restore"; readonly version: string } & CutSlice)
  | { readonly kind: "cut"; readonly version: string }
  /** The header `x-canary` would have to have this value; undefined: be left out. */
  | { readonly kind: "x-canary"; readonly value: "always" | "never" | undefined };

interface Case {
  readonly route: CompiledRoute;
  readonly decision: Decision;
  readonly facts: Facts;
  readonly cuts: Cuts;
  /** The rules up to the one that decides; none where `x-canary` did. */
  readonly tried: readonly Tried[];
  readonly bucket: BucketTrail | undefined;
  /** The cuts that keep the request from the candidate. */
  readonly hits: readonly CutSlice[];
}

/** Only what is certain to be enough: of a draw nothing is, but for shares of 0 % and 100 %. */
export function changesOf(given: Case): readonly Change[] {
  return [...ruleChanges(given), ...shareChanges(given), ...cutChanges(given), ...overrideChanges(given)];
}

function ruleChanges({ decision, facts, cuts, tried, bucket }: Case): readonly Change[] {
  return tried.flatMap(({ compiled, misses }): Change[] => {
    const other = misses.length === 0 ? undefined : trackOf(compiled, keyBucket(bucket), facts, cuts);
    return other === undefined || other === decision.track ? [] : [{ kind: "rule", rule: compiled.rule.name, misses }];
  });
}

/** The bucket that the request always has. */
function keyBucket(trail: BucketTrail | undefined): number | undefined {
  return trail?.source === undefined ? undefined : trail.bucket;
}

/** Where a rule sends a request; undefined: now here, now there. */
function trackOf(rule: CompiledRule, bucket: number | undefined, facts: Facts, cuts: Cuts): Track | undefined {
  if (bucket !== undefined) return land(rule, bucket, facts, cuts).track;
  const open = rule.slices.filter(
    ({ cutKey }) => !(cuts.get(cutKey) ?? []).some((slice) => isHit(slice, rule.rule.name, facts)),
  );
  const buckets = open.reduce((sum, { from, to }) => sum + to - from, 0);
  return buckets === 0 ? "stable" : buckets === BUCKETS ? "candidate" : undefined;
}

function shareChanges({ route, decision, facts, cuts, tried, bucket: trail }: Case): readonly Change[] {
  const decisive = tried.at(-1)?.compiled;
  const bucket = keyBucket(trail);
  if (decisive === undefined || decisive.rule !== decision.rule || bucket === undefined) return [];
  const { rule } = decisive;
  const bound = decision.track === "stable" ? "at least" : "at most";
  return route.route.candidates.flatMap(({ version }): Change[] => {
    if (bound === "at most" && version !== decision.version.version) return [];
    const given = rule.shares.find((share) => share.version === version)?.points ?? 0;
    const others = rule.shares.filter((share) => share.version !== version);
    // Others may take the place that it leaves, or be pushed into it, and a cut one is no candidate.
    const moves = (points: number): boolean => {
      const slices = slicesOf(route.route, { ...rule, shares: [...others, { version, points }] });
      return land({ rest: decisive.rest, slices }, bucket, facts, cuts).track !== decision.track;
    };
    const end = bound === "at most" ? 0 : BUCKETS - others.reduce((sum, { points }) => sum + points, 0);
    const points = moves(end) ? nearest(given, end, moves) : undefined;
    return points === undefined ? [] : [{ kind: "share", rule: rule.name, version, bound, points }];
  });
}

/** Between two numbers, of which `holds` is false and true, one of which it is true and false of the one before it. */
function nearest(not: number, yes: number, holds: (value: number) => boolean): number {
  let [no, is] = [not, yes];
  while (Math.abs(is - no) > 1) {
    const middle = (no + is) >> 1;
    if (holds(middle)) is = middle;
    else no = middle;
  }
  return is;
}

function cutChanges({ route, decision, bucket, hits }: Case): readonly Change[] {
  if (decision.track === "candidate") return [{ kind: "cut", version: decision.version.version }];
  const [hit, another] = hits;
  const version = candidateInPlace(route, decision, bucket?.bucket)?.decision.version.version;
  return hit === undefined || another !== undefined || version === undefined
    ? []
    : [{ kind: "restore", version, ...hit }];
}

function overrideChanges({ route, decision, facts, cuts }: Case): readonly Change[] {
  if (route.override === undefined || !mayChoose(route.override, facts)) return [];
  const changes: Change[] = [];
  if (decision.reason === "override") {
    let drew = false;
    const without = decide({ ...route, override: undefined }, facts, cuts, () => {
      drew = true;
      return 0;
    });
    if (!drew && without.track !== decision.track) changes.push({ kind: "x-canary", value: undefined });
  }
  if (decision.track === "candidate") changes.push({ kind: "x-canary", value: "never" });
  else if (route.always !== undefined && forced(route, route.always, facts, cuts).track === "candidate") {
    changes.push({ kind: "x-canary", value: "always" });
  }
  return changes;
}
