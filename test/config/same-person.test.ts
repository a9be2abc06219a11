import { describe, expect, it } from "vitest";
import { samePerson } from "../../src/config/same-person.ts";

describe("a person", () => {
  it.each([
    ["ann", "ANN"],
    ["ann", "ann "],
    ["ann", "\u200bann\u00ad"],
    ["ann", "ａｎｎ"],
    ["zo\u00eb", "zoe\u0308"],
    ["straße", "STRASSE"],
    ["ann@example.com", "Ann@Example.com"],
  ])("%j is %j", (one, other) => {
    expect(samePerson(one, other)).toBe(true);
  });

  it("is another by another name", () => {
    expect(samePerson("ann", "anna")).toBe(false);
    expect(samePerson("ann@example.com", "ann@example.org")).toBe(false);
  });
});
