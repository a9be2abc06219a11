import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const Nested = z.record(z.string(), z.unknown());

/** The values by their paths. A map that is empty, or whose content is anybody's, is one value. */
function leaves(value: unknown, path: readonly string[] = []): [path: string, value: unknown][] {
  const map = Nested.safeParse(value);
  const open = map.success && Object.keys(map.data).length > 0 && !/^(resources|labels)$/.test(path.at(-1) ?? "");
  if (!map.success || !open) return [[path.join("."), value]];
  return Object.entries(map.data).flatMap(([name, one]) => leaves(one, [...path, name]));
}

describe("docs/kubernetes.md", () => {
  const rows = [...read("docs/kubernetes.md").matchAll(/^\| `([\w.]+)` \| (.*?) \| (.*?)\|$/gm)];
  const values = leaves(parse(read("helm/values.yaml")));

  it("has every value of the chart and no other", () => {
    const told = rows.filter(([, , , meaning]) => meaning !== undefined).map(([, name]) => name);
    expect(told).toEqual(values.map(([name]) => name));
  });

  it.each(values)("tells the default of %s", (name, value) => {
    const cell = rows.find((row) => row[1] === name)?.[2] ?? "";
    const [, literal] = /^`(.*)`$/.exec(cell) ?? [];
    if (literal === undefined) expect(cell.length).toBeGreaterThan(3);
    else expect(parse(literal)).toEqual(value);
  });
});
