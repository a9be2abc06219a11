import { describe, expect, it } from "vitest";
import { isBad, judge, type Terms } from "../../src/guard/sequential.ts";
import { addBlock, evidenceAbove, RATIOS, ratioIndex, ratioRange } from "../../src/guard/sequential-curve.ts";
import { evidenceAboveFloor, evidenceBelowFloor } from "../../src/guard/sequential-floor.ts";
import { Tally } from "../../src/guard/tallies.ts";

const terms: Terms = {
  signal: "failures",
  tolerance: 1.2,
  floor: 0.005,
  minRequests: 10,
  falseAlarm: 0.001,
  tests: 1,
};

/** `blocks` alike ones, each with one failing request of the candidate's and of stable's less often than that. */
function tallyOf(candidate: number, candidateEvents: number, stable: number, stableEvents: number, blocks = 1): Tally {
  const tally = new Tally();
  const part = (of: number, i: number) => Math.floor((of * (i + 1)) / blocks) - Math.floor((of * i) / blocks);
  for (let i = 0; i < blocks; i++) {
    tally.addBlock(part(candidate, i), part(candidateEvents, i), part(stable, i), part(stableEvents, i));
  }
  return tally;
}

/** n over k, exactly. */
function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
  return k < 0 || k > n ? 0 : product;
}

describe("the evidence of a block", () => {
  it("has the mean 1 or less, whatever the failure rate, when the candidate's odds are at most the tolerated", () => {
    for (const [candidate, stable] of [
      [1, 15],
      [4, 12],
      [8, 8],
      [15, 1],
      [3, 40],
    ] as const) {
      for (const at of [ratioIndex(1), ratioIndex(1.2), ratioIndex(3)]) {
        for (const odds of [1, (RATIOS[at] ?? 1) / 2, RATIOS[at] ?? 1]) {
          for (let events = 1; events <= candidate + stable; events++) {
            expect(meanEvidence(candidate, stable, events, odds, at)).toBeLessThanOrEqual(1 + 1e-9);
          }
        }
      }
    }
  });

  /** Over Fisher's noncentral hypergeometric distribution: given how many failed, how many of them are the candidate's. */
  function meanEvidence(candidate: number, stable: number, events: number, odds: number, at: number): number {
    let weights = 0;
    let sum = 0;
    for (let k = Math.max(0, events - stable); k <= Math.min(candidate, events); k++) {
      const weight = choose(candidate, k) * choose(stable, events - k) * odds ** k;
      const curve = new Float64Array(RATIOS.length);
      addBlock(curve, candidate, k, stable, events - k);
      const mean =
        RATIOS.slice(at + 1).reduce((mixed, _, i) => mixed + Math.exp((curve[at + 1 + i] ?? 0) - (curve[at] ?? 0)), 0) /
        (RATIOS.length - at - 1);
      sum += weight * mean;
      weights += weight;
    }
    return sum / weights;
  }

  it("is the even mixture of binomial likelihood ratios", () => {
    const curve = new Float64Array(RATIOS.length);
    addBlock(curve, 5, 3, 95, 1);
    const q = (theta: number) => (theta * 5) / (theta * 5 + 95);
    const likelihood = (theta: number) => q(theta) ** 3 * (1 - q(theta));
    const at = ratioIndex(1.2);
    const above = RATIOS.slice(at + 1);
    const mean = above.reduce((sum, theta) => sum + likelihood(theta) / likelihood(1.2), 0) / above.length;
    expect(evidenceAbove(curve, at)).toBeCloseTo(Math.log(mean), 10);
  });

  it("is none where nothing failed, or only one of both was there", () => {
    const curve = new Float64Array(RATIOS.length);
    addBlock(curve, 5, 0, 95, 0);
    addBlock(curve, 5, 5, 0, 0);
    addBlock(curve, 0, 0, 95, 95);
    expect([...curve].every((value) => value === 0)).toBe(true);
  });

  it("stays finite after a hundred million requests", () => {
    const tally = tallyOf(50_000_000, 500_000, 50_000_000, 500_000, 1000);
    expect(judge(tally, terms, undefined)).toMatchObject({ verdict: "good", ratio: { low: 0.9, high: 1.1 } });
    expect(judge(tallyOf(50_000_000, 25_000_000, 50_000_000, 0, 1000), terms, undefined).verdict).toBe("bad");
  });
});

describe("the evidence about the floor", () => {
  it("has the mean 1 at the floor, and less on its other side", () => {
    const mean = (rate: number, evidence: (trials: number, events: number) => number) => {
      let sum = 0;
      for (let k = 0; k <= 40; k++)
        sum += choose(40, k) * rate ** k * (1 - rate) ** (40 - k) * Math.exp(evidence(40, k));
      return sum;
    };
    const above = (trials: number, events: number) => evidenceAboveFloor(trials, events, 0.1);
    const below = (trials: number, events: number) => evidenceBelowFloor(trials, events, 0.1);
    expect(mean(0.1, above)).toBeCloseTo(1, 9);
    expect(mean(0.05, above)).toBeLessThan(1);
    expect(mean(0.1, below)).toBeCloseTo(1, 9);
    expect(mean(0.2, below)).toBeLessThan(1);
  });
});

describe("the verdict", () => {
  it("is bad when the candidate fails much more than stable", () => {
    const judged = judge(tallyOf(200, 20, 3800, 38, 100), terms, undefined);
    expect(judged).toMatchObject({ verdict: "bad", needs: undefined, bothBad: false });
    expect(judged.sentence).toBe(
      "10 % of the candidate's 200 failed, 1 % of stable's 3,800: the odds are more than 2.5 times stable's with 99.9 % confidence.",
    );
    expect(isBad(tallyOf(200, 20, 3800, 38, 100), terms)).toBe(true);
  });

  it("is not bad when stable fails as much, and says so", () => {
    const judged = judge(tallyOf(200, 20, 3800, 380, 100), terms, undefined);
    expect(judged).toMatchObject({ verdict: "good", bothBad: true });
    expect(judged.sentence).toContain("Stable does no better than 0.5 % either: look at both.");
  });

  it("is not bad below the floor, however well stable does", () => {
    const rare = tallyOf(100_000, 300, 1_900_000, 19, 5000);
    expect(judge(rare, terms, undefined)).toMatchObject({ verdict: "good", ratio: { low: 100 } });
    expect(judge(rare, { ...terms, floor: 0.001 }, undefined).verdict).toBe("bad");
    expect(judge(rare, { ...terms, floor: 0 }, undefined).verdict).toBe("bad");
  });

  it("is not bad within what is tolerated", () => {
    const worse = tallyOf(50_000, 1000, 950_000, 9500, 5000);
    expect(judge(worse, terms, undefined).verdict).toBe("bad");
    expect(judge(worse, { ...terms, tolerance: 2.5 }, undefined).verdict).toBe("good");
  });

  it("waits for the requests that the settings ask for", () => {
    const tally = tallyOf(9, 9, 171, 0, 9);
    expect(isBad(tally, { ...terms, minRequests: 10 })).toBe(false);
    expect(isBad(tally, { ...terms, minRequests: 9 })).toBe(true);
  });

  it("is good in the end when the candidate is like stable", () => {
    const judged = judge(tallyOf(5000, 50, 95_000, 950, 2000), terms, undefined);
    expect(judged.verdict).toBe("good");
    expect(judged.sentence).toMatch(
      /^1 % of the candidate's 5,000 failed, 1 % of stable's 95,000: the odds are less than/,
    );
  });

  it("says what it would take", () => {
    const nothing = judge(new Tally(), terms, { perSecond: 0.5, share: 0.05 });
    expect(nothing.verdict).toBe("not enough data");
    expect(nothing.sentence).toMatch(
      /^The candidate has had no requests yet: not enough data. A verdict needs about [\d,]+ more requests of the candidate's, \d+ (min|h) at 5 %\.$/,
    );
    const early = judge(tallyOf(400, 4, 7600, 76, 100), terms, undefined);
    const later = judge(tallyOf(800, 8, 15_200, 152, 200), terms, undefined);
    expect(later.needs ?? 0).toBeLessThan(early.needs ?? 0);
  });

  it("takes about as many requests as it said", () => {
    const bad = judge(tallyOf(500, 15, 9500, 95, 250), terms, undefined);
    expect(bad.verdict).toBe("not enough data");
    let blocks = 250;
    while (
      !isBad(tallyOf(2 * blocks, Math.round(0.06 * blocks), 38 * blocks, Math.round(0.38 * blocks), blocks), terms)
    ) {
      blocks += 10;
    }
    const took = 2 * blocks - 500;
    expect((bad.needs ?? 0) / took).toBeGreaterThan(0.5);
    expect((bad.needs ?? 0) / took).toBeLessThan(2);
  });

  it("shares the chance of a false alarm among the tests", () => {
    let events = 5;
    const tally = () => tallyOf(100, events, 1900, 19, 100);
    while (!isBad(tally(), terms)) events++;
    expect(isBad(tally(), { ...terms, tests: 100 })).toBe(false);
  });
});

describe("the ratio", () => {
  it("lies in its range, which narrows", () => {
    const few = ratioRange(tallyOf(500, 10, 9500, 95, 250).curve, Math.log(1000));
    const many = ratioRange(tallyOf(50_000, 1000, 950_000, 9500, 2500).curve, Math.log(1000));
    expect(few.low).toBeLessThanOrEqual(many.low);
    expect(many.low).toBeGreaterThanOrEqual(1.5);
    expect(many.low).toBeLessThan(2);
    expect(many.high).toBeGreaterThan(2);
    expect(many.high).toBeLessThanOrEqual(2.5);
  });

  it("is not known without data", () => {
    expect(ratioRange(new Tally().curve, Math.log(1000))).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
  });
});
