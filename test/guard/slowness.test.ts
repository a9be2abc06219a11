import { describe, expect, it } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { Slowness } from "../../src/guard/slowness.ts";

describe("slowness", () => {
  it("calls one in twenty of stable's own requests slow, also after stable's times have changed", () => {
    const dice = seededDice(7);
    const slowness = new Slowness();
    const slowPart = (median: number) => {
      for (let i = 0; i < 2000; i++) slowness.learn(dice.around(median));
      let slow = 0;
      for (let i = 0; i < 20_000; i++) {
        const ms = dice.around(median);
        if (slowness.isSlow(ms)) slow++;
        slowness.learn(ms);
      }
      return slow / 20_000;
    };
    expect(slowPart(300)).toBeCloseTo(0.05, 2);
    expect(slowPart(3000)).toBeCloseTo(0.05, 2);
    expect(slowPart(30)).toBeCloseTo(0.05, 2);
  });

  it("calls nothing slow before it knows stable", () => {
    const slowness = new Slowness();
    for (let i = 0; i < 99; i++) slowness.learn(10);
    expect(slowness.isSlow(100_000)).toBe(false);
    slowness.learn(0);
    expect(slowness.isSlow(100_000)).toBe(true);
    expect(slowness.isSlow(9)).toBe(false);
  });
});
