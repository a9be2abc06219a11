import { describe, expect, it } from "vitest";
import { BORDER, falseCuts, PEACE, untilCut } from "../bench/guard.ts";
import { GUARD } from "../bench/guard-watchers.ts";
import { median } from "../bench/rounds.ts";

/** Canaries that are made up, with repeatable dice; `npm run bench -- --only guard` watches many more of them. */
describe("the guard, watching after every request", () => {
  it.each([...PEACE, BORDER])("cuts no canary that is no worse: $called", (peace) => {
    expect(falseCuts(GUARD, peace, 60, 10_000)).toBe(0);
  });

  it.each([
    [0.05, 700],
    [0.1, 220],
    [0.5, 20],
  ])("cuts a candidate that fails %d instead of 0.01 within %i requests, half of the time", (failing, most) => {
    for (const share of [0.01, 0.05, 0.25]) {
      const traffic = { share: () => share, stable: () => 0.01, candidate: () => failing };
      expect(median(untilCut(GUARD, traffic, 15, 5000))).toBeLessThan(most);
    }
  });
});
