import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { onlyStable } from "../../src/routing/only-stable.ts";
import {
  planText,
  type RampEvidence,
  type RampPosition,
  rampKey,
  rampsOf,
  stepIn,
  timeText,
  waitsFor,
  withRamps,
} from "../../src/routing/ramp.ts";
import type { RampStep, Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf } from "../kit/facts.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const STEPS: readonly RampStep[] = [
  { points: 100, for: 600_000 },
  { points: 500, for: 1_800_000, until: "good" },
  { points: 2_500, until: "approved" },
  { points: 10_000 },
];

function rules(steps = STEPS): Rules {
  return rulesWith(routeWith({ rules: [{ ...everyone(["candidate", steps[0]?.points ?? 0]), ramp: steps }] }));
}

function at(step: number, more: Partial<RampPosition> = {}): RampPosition {
  const points = STEPS[step]?.points ?? 0;
  return { version: "candidate", step, points, state: "running", spent: 0, at: 0, ...more };
}

function pointsAt(position: RampPosition | undefined, of = rules()): number | undefined {
  const positions = new Map(position === undefined ? [] : [[rampKey("chat", "everyone"), position]]);
  return withRamps(of, positions).routes[0]?.rules[0]?.shares[0]?.points;
}

function stepOf(position: RampPosition | undefined, steps = STEPS): number {
  const [ramp] = rampsOf(rules(steps));
  return ramp === undefined ? -1 : stepIn(ramp, position);
}

describe("the share of a ramp", () => {
  it("is that of the step it is at, and of the first before it has begun", () => {
    expect([undefined, at(0), at(1), at(3)].map((one) => pointsAt(one))).toEqual([100, 100, 500, 10_000]);
  });

  it("is nothing once the ramp was aborted, and the first step's for another version", () => {
    expect(pointsAt(at(2, { state: "aborted" }))).toBe(0);
    expect(pointsAt(at(2, { version: "another", state: "aborted" }))).toBe(100);
    expect(pointsAt(at(2, { state: "paused" }))).toBe(2_500);
  });

  it("keeps everybody in the candidate who was there, step for step", () => {
    const tables = STEPS.map((_, step) => {
      const [route] = compile(withRamps(rules(), new Map([[rampKey("chat", "everyone"), at(step)]])), 1).routes;
      return route;
    });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (customer) => {
        const tracks = tables.map((route) => route && decide(route, factsOf({ customer }), NO_CUTS, () => 0).track);
        expect(tracks.join()).toMatch(/^(stable,?)*(candidate,?)*$/);
        expect(tracks.at(-1)).toBe("candidate");
      }),
    );
  });

  it("leaves rules without a ramp as they are, and is not there where only stable serves", () => {
    const plain = rulesWith(routeWith({ rules: [everyone(["candidate", 500])] }));
    expect(withRamps(plain, new Map([[rampKey("chat", "everyone"), at(3)]]))).toBe(plain);
    const [rule] =
      withRamps(onlyStable(rules()), new Map([[rampKey("chat", "everyone"), at(3)]])).routes[0]?.rules ?? [];
    expect(rule?.shares).toEqual([]);
  });
});

describe("a plan that was changed", () => {
  const plan = (...points: number[]): RampStep[] => points.map((one) => ({ points: one, for: 1 }));

  it.each([
    ["goes on at the same share, where it has one", at(1), plan(50, 200, 500, 600), 2],
    ["goes on from the last share below, where it has not", at(1), plan(50, 200, 600), 1],
    ["begins with the first, where all are above", at(1), plan(600, 700), 0],
    ["begins with the first for another version", at(1, { version: "another" }), plan(100, 500), 0],
  ])("%s", (_, position, steps, step) => {
    expect(stepOf(position, steps)).toBe(step);
  });

  it("never gives more than there was, but for a first step that does", () => {
    const shares = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 0, max: 10_000 }), fc.nat(8), (points, present, step) => {
        const steps = plan(...points.sort((a, b) => a - b));
        const found = stepOf(at(0, { step, points: present }), steps);
        if (found > 0) expect(steps[found]?.points).toBeLessThanOrEqual(present);
      }),
    );
  });
});

describe("a step", () => {
  const good: RampEvidence = { verdict: "good", answered: true };
  const waits = (step: number, now: number, evidence = good, more: Partial<RampPosition> = {}) =>
    waitsFor(STEPS[step] ?? { points: 0 }, at(step, more), now, evidence);

  it("is over when its time has run, and not while it is paused", () => {
    expect(waits(0, 599_000)).toEqual(["1 s more"]);
    expect(waits(0, 600_000)).toEqual([]);
    expect(waits(0, 700_000, good, { at: 200_000, spent: 100_000 })).toEqual([]);
    expect(waits(0, 9_000_000, good, { state: "paused", spent: 1_000 })).toEqual(["9 min 59 s more"]);
  });

  it.each([["not enough data"], ["bad"], [undefined]] as const)(
    "that waits for `good` waits while it is %s",
    (verdict) => {
      const found = waits(1, 2_000_000, { verdict, answered: true });
      expect(found).toEqual([`the verdict good (it is ${verdict ?? "judged by nobody"})`]);
    },
  );

  it("is not over while the candidate is bad, nor before it has answered anything", () => {
    expect(waits(0, 600_000, { verdict: "bad", answered: true })).toEqual(["the verdict to be bad no more"]);
    expect(waits(0, 600_000, { verdict: undefined, answered: false })).toEqual(["an answer of the candidate"]);
    const nothing = waitsFor({ points: 0, for: 10 }, at(0, { points: 0 }), 10, { verdict: undefined, answered: false });
    expect(nothing).toEqual([]);
  });

  it("that waits for an approval goes on with one", () => {
    expect(waits(2, 0)).toEqual(["an approval"]);
    expect(waits(2, 0, good, { approvedBy: "bob" })).toEqual([]);
  });
});

it("is told in words", () => {
  expect(planText(STEPS)).toBe("1 % for 10 min, 5 % for 30 min until good, 25 % until approved, 100 %");
  expect([1, 90_000, 5_400_000, 86_400_000, 90_061_000].map(timeText)).toEqual([
    "1 s",
    "1 min 30 s",
    "1 h 30 min",
    "1 d",
    "1 d 1 h",
  ]);
});
