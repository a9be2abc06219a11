import { describe, expect, it } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { Breaker } from "../../src/guard/breaker.ts";

/** Each request is another caller's. */
let callers = 0;

interface Before {
  /** Requests that stable has had, and every how many of them failed. */
  readonly requests?: number;
  readonly every?: number;
  /** How many requests stable has for each of the candidate, all good. */
  readonly beside?: number;
}

/** How many failures in a row it takes. */
function inARow({ requests = 10_000, every = 1000, beside = 19 }: Before): number {
  const breaker = new Breaker(5);
  for (let i = 1; i <= requests; i++) breaker.onStable(i % every === every / 2);
  for (let i = 1; i <= 1000; i++) {
    if (breaker.onCandidate(true, callers++) !== undefined) return i;
    for (let j = 0; j < beside; j++) breaker.onStable(false);
  }
  return Number.POSITIVE_INFINITY;
}

describe("the breaker", () => {
  it("cuts within as many hard failures in a row as it was told", () => {
    expect(inARow({ requests: 30 })).toBe(5);
    expect(inARow({})).toBe(5);
    expect(inARow({ beside: 3 })).toBe(5);
  });

  it("takes a few more where stable has few requests meanwhile", () => {
    expect(inARow({ beside: 1 })).toBeLessThanOrEqual(9);
    expect(inARow({ beside: 0 })).toBeLessThanOrEqual(25);
  });

  it("is careful as long as it knows nothing of stable", () => {
    expect(inARow({ requests: 0, beside: 0 })).toBeGreaterThan(10);
    expect(inARow({ requests: 0, beside: 0 })).toBeLessThan(20);
  });

  it("says what it saw", () => {
    const breaker = new Breaker(3);
    for (let i = 1; i <= 1000; i++) breaker.onStable(i % 200 === 1);
    for (let i = 0; i < 2; i++) {
      expect(breaker.onCandidate(true, callers++)).toBeUndefined();
      for (let j = 0; j < 99; j++) breaker.onStable(false);
    }
    expect(breaker.onCandidate(true, callers++)).toBe(
      "The candidate failed 3 requests in a row, while stable failed 0.18 % of its own.",
    );
  });

  it("cuts in a burst that good answers interrupt", () => {
    const breaker = new Breaker(5);
    for (let i = 0; i < 1000; i++) breaker.onStable(false);
    const answers = Array.from({ length: 20 }, (_, i) => {
      for (let j = 0; j < 9; j++) breaker.onStable(false);
      return breaker.onCandidate(i % 3 !== 2, callers++);
    });
    const cut = answers.findIndex((why) => why !== undefined);
    expect(cut).toBeLessThan(9);
    expect(answers[cut]).toContain("of 8 requests");
  });

  it("takes longer the more often stable fails, and does not cut when that is half of the time", () => {
    expect(inARow({ every: 50 })).toBeGreaterThan(5);
    expect(inARow({ every: 10, beside: 0 })).toBeGreaterThan(10);
    expect(inARow({ every: 2, beside: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([1, 5, 20])(
    "does not cut when stable begins to fail with the candidate (%i of stable to one)",
    (perCandidate) => {
      const breaker = new Breaker(5);
      for (let i = 0; i < 2000; i++) breaker.onStable(false);
      for (let i = 0; i < 200; i++) {
        expect(breaker.onCandidate(true, callers++)).toBeUndefined();
        for (let j = 0; j < perCandidate; j++) breaker.onStable(true);
      }
    },
  );

  it("does not cut for what fails for one caller alone, and still hears the others", () => {
    const breaker = new Breaker(5);
    for (let i = 0; i < 1000; i++) breaker.onStable(false);
    for (let i = 0; i < 200; i++) expect(breaker.onCandidate(false, i)).toBeUndefined();
    for (let i = 0; i < 40; i++) expect(breaker.onCandidate(true, 3)).toBeUndefined();
    const others = Array.from({ length: 40 }, (_, i) => breaker.onCandidate(true, i));
    expect(others.findIndex((why) => why !== undefined)).toBeGreaterThan(0);
  });

  it("cuts for one caller's failures where it is nearly alone", () => {
    const breaker = new Breaker(5);
    for (let i = 0; i < 1000; i++) breaker.onStable(false);
    const answers = Array.from({ length: 10 }, () => {
      for (let j = 0; j < 9; j++) breaker.onStable(false);
      return breaker.onCandidate(true, 3);
    });
    expect(answers.findIndex((why) => why !== undefined)).toBe(4);
  });

  it("forgets failures that lie apart", () => {
    const breaker = new Breaker(5);
    for (let i = 0; i < 100_000; i++) {
      breaker.onStable(i % 100 === 0);
      expect(breaker.onCandidate(i % 50 === 0, callers++)).toBeUndefined();
    }
  });

  it("does not take the first moments of an incident that hits both for the candidate's own", () => {
    for (const rate of [0.1, 0.3, 0.6]) {
      const dice = seededDice(11);
      let cuts = 0;
      for (let incident = 0; incident < 1000; incident++) {
        const breaker = new Breaker(5);
        for (let i = 0; i < 400; i++) breaker.onStable(false);
        for (let i = 0; i < 300; i++) {
          const failed = dice.roll() < rate;
          if (dice.roll() < 0.5) breaker.onStable(failed);
          else if (breaker.onCandidate(failed, callers++) !== undefined) cuts++;
        }
      }
      expect(cuts).toBeLessThanOrEqual(1);
    }
  });

  it("does not cut a candidate that is like stable in a million requests", () => {
    for (const rate of [0.001, 0.03, 0.2]) {
      const dice = seededDice(42);
      const breaker = new Breaker(5);
      let cuts = 0;
      for (let i = 0; i < 350_000; i++) {
        for (let j = 0; j < 4; j++) breaker.onStable(dice.roll() < rate);
        if (breaker.onCandidate(dice.roll() < rate, callers++) !== undefined) cuts++;
      }
      expect(cuts).toBe(0);
    }
  });
});
