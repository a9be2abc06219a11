import { describe, expect, it } from "vitest";
import { Block, Tally } from "../../src/guard/tallies.ts";

describe("tallies", () => {
  it("add up to the same, whoever counted what", () => {
    const blocks = Array.from({ length: 60 }, (_, i) => [1 + (i % 3), i % 2, 15 + i, i % 4] as const);
    const one = new Tally();
    const replicas = [new Tally(), new Tally(), new Tally()];
    for (const [i, block] of blocks.entries()) {
      one.addBlock(...block);
      replicas[i % 3]?.addBlock(...block);
    }
    const sum = new Tally();
    for (const replica of replicas.toReversed()) expect(sum.add([...replica.sums])).toBe(true);
    for (const [i, value] of one.sums.entries()) expect(sum.sums[i]).toBeCloseTo(value, 9);
    expect(sum.candidateTrials).toBe(120);
  });

  it("take nothing that is not a tally", () => {
    const tally = new Tally();
    expect(tally.add([1, 2, 3])).toBe(false);
    expect(tally.add([...tally.sums.slice(1), Number.NaN])).toBe(false);
    expect(tally.sums.every((value) => value === 0)).toBe(true);
  });
});

describe("a block", () => {
  it("ends with both versions in it, and never by how requests went", () => {
    const ends = (failing: boolean) => {
      const block = new Block(new Tally());
      return Array.from({ length: 200 }, (_, i) => block.count(i % 20 === 7, failing && i % 2 === 0));
    };
    expect(ends(false)).toEqual(ends(true));
    expect(ends(false).filter(Boolean).length).toBeGreaterThan(5);
  });

  it("counts each request once", () => {
    const tally = new Tally();
    const block = new Block(tally);
    for (let i = 0; i < 1600; i++) block.count(i % 4 === 0, i % 10 === 0);
    expect([tally.candidateTrials, tally.candidateEvents, tally.stableTrials, tally.stableEvents]).toEqual([
      400, 80, 1200, 80,
    ]);
  });

  it("waits as long as only one version answers", () => {
    const block = new Block(new Tally());
    for (let i = 0; i < 1000; i++) expect(block.count(true, true)).toBe(false);
    expect(block.count(false, false)).toBe(true);
  });
});
