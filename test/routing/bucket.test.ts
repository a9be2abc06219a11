import { describe, expect, it } from "vitest";
import { bucketOf, murmur3 } from "../../src/routing/bucket.ts";
import { toBytes } from "../../src/routing/bytes.ts";
import pinned from "./bucket-vectors.json" with { type: "json" };

describe("murmur3", () => {
  it.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["\xff\xff\xff\xff", 0, 0x76293b50],
    ["\x21\x43\x65\x87", 0, 0xf55b516b],
    ["\x21\x43\x65\x87", 0x5082edee, 0x2362f9de],
    ["\x21\x43\x65", 0, 0x7e4a8634],
    ["\x21\x43", 0, 0xa0f7b07a],
    ["\x21", 0, 0x72661cf4],
    ["\0\0\0\0", 0, 0x2362f9de],
    ["\0\0\0", 0, 0x85f0b427],
    ["\0\0", 0, 0x30f4c306],
    ["\0", 0, 0x514e28b7],
    ["abc", 0, 0xb3dd93fa],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["abcd", 0x9747b28c, 0xf0478627],
    ["abc", 0x9747b28c, 0xc84a62dd],
    ["ab", 0x9747b28c, 0x74875592],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("hashes %j with seed %i as everybody else does", (text, seed, hash) => {
    const bytes = /[^\0-\xff]/.test(text) ? toBytes(text) : text;
    expect(murmur3(bytes, seed)).toBe(hash);
  });
});

describe("bucketOf", () => {
  it("leaves everybody in the bucket they have always had", () => {
    const moved = pinned.vectors.filter(
      ([salt, key, bucket]) => bucketOf(toBytes(String(salt)), toBytes(String(key))) !== bucket,
    );
    expect(pinned.vectors.length).toBeGreaterThan(300);
    expect(moved).toEqual([]);
  });

  it.each(["chat", "embeddings", "speech"])("gives 5 %% of 100,000 keys to 5 %% of the buckets (salt %s)", (salt) => {
    let inside = 0;
    for (let i = 0; i < 100_000; i++) if (bucketOf(salt, `customer-${i}`) < 500) inside++;
    // Four standard deviations of 100,000 draws at 5 %.
    expect(Math.abs(inside - 5_000)).toBeLessThan(276);
  });

  it("spreads keys over all buckets evenly", () => {
    const counts = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const hundredth = Math.floor(bucketOf("chat", `customer-${i}`) / 100);
      counts[hundredth] = (counts[hundredth] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    // 99 degrees of freedom: one in ten thousand even spreads is above 160.
    expect(chiSquare).toBeLessThan(160);
  });
});
