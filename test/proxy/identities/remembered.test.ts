import { describe, expect, it } from "vitest";
import { Remembered } from "../../../src/proxy/identities/remembered.ts";

describe("what is remembered", () => {
  it("is the last entries, and never more than twice as many", () => {
    const remembered = new Remembered<number>(100);
    let most = 0;
    for (let i = 0; i < 10_000; i++) {
      remembered.set(`${i}`, i);
      most = Math.max(most, remembered.size);
    }
    expect(most).toBeLessThan(200);
    for (let i = 9_901; i < 10_000; i++) expect(remembered.get(`${i}`)).toBe(i);
    expect(remembered.get("0")).toBeUndefined();
  });

  it("stays as long as it is asked for", () => {
    const remembered = new Remembered<number>(100);
    remembered.set("hot", 1);
    for (let i = 0; i < 10_000; i++) {
      remembered.set(`${i}`, i);
      if (i % 50 === 0) expect(remembered.get("hot")).toBe(1);
    }
  });

  it("is gone once it is deleted, whether old or young", () => {
    const remembered = new Remembered<number>(2);
    for (const key of ["old", "older", "young"]) remembered.set(key, 1);
    for (const key of ["old", "young"]) remembered.delete(key);
    expect(["old", "older", "young"].map((key) => remembered.get(key))).toEqual([undefined, 1, undefined]);
    remembered.clear();
    expect(remembered.size).toBe(0);
  });
});
