import { expect, it } from "vitest";
import { Failures } from "../../src/admin/access/failures.ts";

it("counts each address by itself, and anew after a minute", () => {
  let now = 0;
  const failures = new Failures(() => now);
  const add = (address: string, times: number) => Array.from({ length: times }, () => failures.add(address));
  expect(add("a", 21).filter((wait) => wait > 0)).toEqual([60]);
  expect(failures.add("b")).toBe(0);
  now = 59_000;
  expect(failures.add("a")).toBe(1);
  now = 60_000;
  expect(failures.add("a")).toBe(0);
});

it("remembers no more than ten thousand addresses", () => {
  const failures = new Failures(() => 0);
  for (let i = 0; i < 21; i++) failures.add("first");
  for (let i = 0; i < 9_999; i++) failures.add(`other ${i}`);
  expect(failures.add("first")).toBe(60);
  failures.add("one more");
  expect(failures.add("first")).toBe(0);
});
