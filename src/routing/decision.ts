import type { Route, Rule, Version } from "./rules.ts";
import type { ShadowPlan } from "./shadow.ts";

export type Track = "stable" | "candidate";

/** Why a decision is what it is. */
export type Reason =
  | "share" // the bucket fell into the candidate's share
  | "rest" // no candidate's share reached the bucket
  | "no rule" // no rule of the route held
  | "stateful" // the request builds on what a version keeps, and no rule that held names such
  | "fallback" // the candidate that was decided on has failed
  | "cut" // the bucket is a candidate's that is cut
  | "override"; // `x-canary` asked for it and the route allows it

/**
 * Route + rule + version + reason. The table makes every possible one beforehand, so deciding allocates nothing and the
 * object's identity can key the counters that belong to it.
 */
export interface Decision {
  readonly route: Route;
  /** undefined: no rule held. */
  readonly rule: Rule | undefined;
  readonly version: Version;
  readonly track: Track;
  readonly reason: Reason;
  /** What may get a copy of the request; undefined: nothing. */
  readonly shadow?: ShadowPlan | undefined;
  /** What is decided instead while the version is cut; a stable version's have none. */
  readonly whenCut?: Decision | undefined;
  /** What is decided when the version has failed before its answer began; a stable version's have none. */
  readonly whenFailed?: Decision | undefined;
}

/** What stands for the rule's name, in headers and labels, where no rule held. A rule cannot be named so. */
export const NO_RULE = "none";
