import { describe, expect, it } from "vitest";
import { Slab } from "../../../src/proxy/express/slab.ts";

describe("a slab", () => {
  it("cuts pieces that stay as they were written", () => {
    const slab = new Slab(64);
    const pieces: Buffer[] = [];
    for (let i = 0; i < 50; i++) {
      slab.reserve(20);
      pieces.push(slab.take(slab.at + slab.block.write(`piece ${i}`, slab.at, "latin1")));
    }
    expect(pieces.map(String)).toEqual(pieces.map((_, i) => `piece ${i}`));
  });

  it("cuts them from one block while they fit", () => {
    const slab = new Slab(64);
    const { block } = slab;
    for (let i = 0; i < 3; i++) {
      slab.reserve(20);
      slab.take(slab.at + 20);
    }
    expect(slab.block).toBe(block);
    slab.reserve(20);
    expect(slab.block).not.toBe(block);
  });

  it("has room for a piece larger than a block, and gives none of it to others", () => {
    const slab = new Slab(64);
    slab.reserve(1000);
    const large = slab.take(slab.at + 1000);
    slab.reserve(1);
    expect(large).toHaveLength(1000);
    expect(slab.take(slab.at + 1).buffer).not.toBe(large.buffer);
  });
});
