import { z } from "zod";
import { NO_RULE } from "../routing/decision.ts";
import type { RampStep, Rule, Share } from "../routing/rules.ts";
import { name } from "./names.ts";
import { child, keyPlace, type Place } from "./place.ts";
import { rampStepSchema, readRamp } from "./ramp.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, mapTo } from "./schema.ts";
import { readShadow, shadowSchema, type VersionNames } from "./shadow.ts";
import { share, shareText } from "./shares.ts";
import { closest, listed } from "./suggestion.ts";
import { readWhen, whenSchema } from "./when.ts";
import { readWindow, time } from "./window.ts";

export const ruleSchema = mapOf("write `{ name: everyone, candidate: 5% }`", {
  name: name("write a name such as `everyone else`", [NO_RULE]).describe("The rule's name, in headers and metrics."),
  when: apart("All of this must hold; without it, the rule is for every request.", whenSchema.schema),
  between: apart("The rule holds from the first time up to the second.", z.array(time).min(2).max(2)),
  candidate: apart("The candidate's share, from `0%` to `100%`, in steps of `0.01%`. Stable gets the rest.", share),
  split: apart("Each candidate's share. Stable gets the rest.", mapTo(share)),
  shadow: apart("What gets copies of its requests, in the place of the route's.", shadowSchema.schema),
  ramp: apart(
    "A share that rises by itself, step by step, instead of `candidate`.",
    z.array(rampStepSchema.schema).min(1).max(50),
  ),
});

/** One rule; undefined: something of it was refused. */
export function readRule(reading: Reading, place: Place, versions: VersionNames): Rule | undefined {
  const read = reading.map(place, ruleSchema);
  if (place.node === undefined || place.node.entries.size === 0) return undefined;
  const when = readWhen(reading, child(place, "when"));
  const shares = readShares(reading, place, versions);
  const shadowAt = child(place, "shadow");
  const shadow = readShadow(reading, shadowAt, versions);
  const at = child(place, "between");
  const between = at.node && readWindow(reading, at);
  if (read === undefined || when === undefined || shares === undefined) return undefined;
  if ((at.node !== undefined && between === undefined) || (shadowAt.node !== undefined && shadow === undefined)) {
    return undefined;
  }
  return { name: read.name, when, between, ...shares, shadow };
}

function readShares(reading: Reading, place: Place, versions: VersionNames): Pick<Rule, "shares" | "ramp"> | undefined {
  const one = child(place, "candidate");
  const split = child(place, "split");
  const ramp = child(place, "ramp");
  const [first, second] = [one, split, ramp].filter(({ node }) => node !== undefined);
  if (second !== undefined) {
    reading.refuse(second, "A rule has one of `candidate`, `split` and `ramp`: keep one of them.");
  } else if (first === undefined && child(place, "shadow").node === undefined) {
    reading.refuse(place, "The rule gives no share: write `candidate: 5%`, or `split` for several candidates.");
    return undefined;
  }
  const shares: Share[] = [];
  const before = reading.mistakes.length;
  if (one.node !== undefined) shares.push(...readCandidate(reading, one, versions.candidates));
  if (split.node !== undefined) shares.push(...readSplit(reading, split, versions));
  const steps = ramp.node === undefined ? undefined : readRamp(reading, ramp);
  if (ramp.node !== undefined) shares.push(...rampShare(reading, ramp, steps, versions.candidates));
  if (reading.mistakes.length > before) return undefined;
  return steps === undefined ? { shares } : { shares, ramp: steps };
}

/** Where a ramp begins. */
function rampShare(
  reading: Reading,
  place: Place,
  steps: readonly RampStep[] | undefined,
  [version, second]: readonly string[],
): readonly Share[] {
  if (version === undefined) {
    reading.refuse(place, "The route has no candidate to give a share to: write one under `candidate` of the route.");
  } else if (second !== undefined) {
    reading.refuse(place, "A ramp is for the only candidate of its route, and this one has several: write `split`.");
  }
  const points = steps?.[0]?.points;
  return version === undefined || points === undefined ? [] : [{ version, points }];
}

function readCandidate(reading: Reading, place: Place, candidates: readonly string[]): readonly Share[] {
  const points = reading.value(place, share);
  const [version, second] = candidates;
  if (version === undefined) {
    reading.refuse(place, "The route has no candidate to give a share to: write one under `candidate` of the route.");
  } else if (second !== undefined) {
    const example = candidates.map((name) => `${shown(name)}: 5%`).join(", ");
    reading.refuse(place, `The route has ${candidates.length} candidates: write \`split: { ${example} }\`.`);
  }
  return version === undefined || points === undefined ? [] : [{ version, points }];
}

function readSplit(reading: Reading, place: Place, { stable, candidates }: VersionNames): readonly Share[] {
  const shares: Share[] = [];
  for (const [version, at] of reading.entries(place, 'write `{ "2026-11": 5% }`')) {
    const points = reading.value(at, share);
    const key = keyPlace(place, version);
    if (version === stable) {
      reading.refuse(key, `${shown(version)} is the stable version, which gets what no candidate gets: leave it out.`);
    } else if (!candidates.includes(version)) reading.refuse(key, unknownVersion(version, candidates));
    else if (points !== undefined) shares.push({ version, points });
  }
  const sum = shares.reduce((sum, { points }) => sum + points, 0);
  if (sum > 10_000) {
    reading.refuse(place, `The shares of this rule add up to ${shareText(sum)}: lower them to \`100%\` or less.`);
  }
  return shares;
}

function unknownVersion(version: string, candidates: readonly string[]): string {
  const what = `The route has no candidate ${shown(version)}`;
  const meant = closest(version, candidates);
  if (meant !== undefined) return `${what}: did you mean ${shown(meant)}?`;
  return candidates.length === 0
    ? `${what}: write it under \`candidates\` first.`
    : `${what}: there is ${listed(candidates)}.`;
}
