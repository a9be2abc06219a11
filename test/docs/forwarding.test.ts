import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const TEXT = readFileSync(new URL("../../docs/forwarding.md", import.meta.url), "utf8");
const ROWS = [...TEXT.matchAll(/^\| (?!behaviour|---)(.+?) \| (.+) \|$/gm)].map(([, what = "", tests = ""]) => ({
  what,
  named: [...tests.matchAll(/`([\w/.-]+\.test\.ts)` “([^”]+)”/g)].map(([, file = "", title = ""]) => ({ file, title })),
}));

describe("docs/forwarding.md", () => {
  it.each(ROWS)("names tests that are there: $what", ({ named }) => {
    expect(named).not.toEqual([]);
    for (const { file, title } of named) {
      const source = readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
      // Titles with values in them are written between back-ticks.
      expect(source.includes(`"${title}"`) || /^`.*`$/.test(title), `${file} has “${title}”`).toBe(true);
      expect(source).toContain(title);
    }
  });

  it("has them", () => {
    expect(ROWS.length).toBeGreaterThan(40);
  });
});
