import { samePerson } from "../config/same-person.ts";
import { BUCKETS } from "../routing/bucket.ts";
import { type PlannedRamp, timeInStep } from "../routing/ramp.ts";
import type { RampChange, RampRecord } from "./ramps-port.ts";

/** What a person asks of a ramp. */
export const RAMP_ORDERS = ["pause", "resume", "skip", "approve", "abort"] as const;

export interface RampOrder {
  readonly route: string;
  readonly rule: string;
  readonly order: (typeof RAMP_ORDERS)[number];
  readonly by: string;
  readonly why: string;
  /** Whoever orders has no name of his own, so that nobody can tell two apart. */
  readonly nameless: boolean;
}

/** Why an order cannot be followed, as things are. */
export interface RampRefusal {
  readonly kind: "refused";
  readonly code: "not_started" | "not_now" | "version_cut" | "second_person_needed";
  readonly message: string;
}

export interface Circumstances {
  readonly now: number;
  /** The candidate is cut, or what this rule gives it. */
  readonly cut: boolean;
  /** Points beyond which nobody goes alone in what he has written himself; undefined: there are none. */
  readonly above?: number | undefined;
}

export type RampRuling = { readonly kind: "change"; readonly change: RampChange; readonly what: string } | RampRefusal;

/** What becomes of a ramp by an order. */
export function ordered(
  { order, by, why, nameless }: RampOrder,
  ramp: PlannedRamp,
  record: RampRecord | undefined,
  { now, cut, above = BUCKETS }: Circumstances,
): RampRuling {
  const { rule, version, steps } = ramp;
  if (record === undefined || record.version !== version || record.plan !== JSON.stringify(steps)) {
    return refused("not_started", `The ramp of ${rule.name} has not begun yet: ask again in a moment.`);
  }
  const { step, state } = record;
  const [here, to] = [steps[step], steps[step + 1]];
  const same = { ...record, by, why, spent: timeInStep(record, now) };
  const change = (what: string, more: Partial<RampChange> = {}): RampRuling => {
    return { kind: "change", what, change: { ...same, ...more } };
  };
  const unless = (wanted: string): RampRuling => refused("not_now", `The ramp of ${rule.name} ${wanted}.`);
  const { approvedBy: _, ...unapproved } = same;
  const isOwn = samePerson(by, record.author) && !nameless;
  const alone = (what: string): RampRuling => {
    return refused("second_person_needed", `${by} has written this ramp: somebody else has to ${what}.`);
  };
  switch (order) {
    case "abort":
      return state === "aborted" ? unless("is aborted already") : change("ramp aborted", { state: "aborted" });
    case "pause":
      if (state !== "running") return unless(`is ${state} already`);
      return to === undefined ? unless("is at its last step, which stays") : change("ramp paused", { state: "paused" });
    case "resume": {
      if (state === "running") return unless("is running");
      if (cut) return stillCut(version);
      if (state === "paused") return change("ramp resumed", { state: "running" });
      const points = steps[0]?.points ?? 0;
      if (isOwn && points > above) return alone("let it begin anew");
      const anew = { step: 0, points, spent: 0, state: "running" } as const;
      return { kind: "change", what: "ramp restarted", change: { ...unapproved, ...anew } };
    }
    case "approve":
    case "skip": {
      if (state === "aborted") return unless("is aborted: resume it to begin anew");
      if (here === undefined || to === undefined) return unless("is at its last step, which stays");
      const needs = here.until === "approved";
      if (order === "approve" && !needs) return unless("waits for no approval in this step");
      if (order === "approve" && record.approvedBy !== undefined) return unless(`was approved by ${record.approvedBy}`);
      if (needs && record.approvedBy === undefined && isOwn) return alone("approve the step, or skip it");
      if (order === "approve") return change("ramp approved", { approvedBy: by });
      if (cut) return stillCut(version);
      if (isOwn && to.points > above) return alone("skip this step");
      const on = { step: step + 1, points: to.points, spent: 0 };
      return { kind: "change", what: "ramp skipped a step", change: { ...unapproved, ...on } };
    }
  }
}

function refused(code: RampRefusal["code"], message: string): RampRefusal {
  return { kind: "refused", code, message };
}

function stillCut(version: string): RampRefusal {
  return refused("version_cut", `${version} is cut, or a slice of it under this rule: restore that first.`);
}
