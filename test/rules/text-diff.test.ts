import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textDiff } from "../../src/rules/text-diff.ts";

describe("the difference of two texts", () => {
  it("is none of the same text", () => {
    expect(textDiff("a\nb\n", "a\nb\n")).toEqual([]);
  });

  it("shows changes with the lines around them", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
    const after = before.replace("2\n", "two\n").replace("11\n", "");
    expect(textDiff(before, after)).toEqual([
      ...["@@ -1 +1 @@", " 1", "-2", "+two", " 3", " 4", " 5"],
      ...["@@ -8 +8 @@", " 8", " 9", " 10", "-11", " 12", " "],
    ]);
  });

  it("changes as few lines as diff does", () => {
    const folder = mkdtempSync(join(tmpdir(), "canary-diff-"));
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
    try {
      fc.assert(
        fc.property(lines, lines, (before, after) => {
          const found = textDiff(before.join("\n"), after.join("\n")).filter((line) => !line.startsWith("@@"));
          const count = (mark: string) => found.filter((line) => line.startsWith(mark)).length;
          writeFileSync(join(folder, "a"), `${before.join("\n")}\n`);
          writeFileSync(join(folder, "b"), `${after.join("\n")}\n`);
          const changed = diffs(folder).filter((line) => /^[<>]/.test(line)).length;
          expect(count("-") + count("+")).toBe(changed);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("does not take long over large texts", () => {
    const text = (seed: number) => Array.from({ length: 20_000 }, (_, i) => `${(i * seed) % 7919}`).join("\n");
    const began = performance.now();
    expect(textDiff(text(3), text(5)).length).toBeGreaterThan(20_000);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

function diffs(folder: string): string[] {
  try {
    return execFileSync("diff", ["-d", join(folder, "a"), join(folder, "b")], { encoding: "utf8" }).split("\n");
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout).split("\n") : [];
  }
}
