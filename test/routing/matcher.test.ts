import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../src/routing/matcher.ts";

describe("matchesGlob", () => {
  it("lets a star stand for any run of characters, also none", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), part, (literals, other) => {
        const regexp = new RegExp(`^${literals.map((text) => text.replaceAll(".", "\\.")).join(".*")}$`);
        for (const value of [literals.join(""), literals.join(other), other]) {
          expect(matchesGlob(literals.join("*"), value)).toBe(regexp.test(value));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("stays quick where a regular expression would step back forever", () => {
    const started = performance.now();
    expect(matchesGlob("*a".repeat(50), `${"a".repeat(5_000)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
