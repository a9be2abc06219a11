import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setShare } from "../../src/rules/edit-rules.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { documentWith } from "./refusals.ts";

const EXAMPLE = readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8");

function edited(text: string, route: string, rule: string, version: string | undefined, share: string): string {
  const result = setShare(text, { route, rule, version, share });
  if (result.kind === "refused") throw new Error(JSON.stringify(result.errors));
  return result.text;
}

function refusals(
  text: string,
  route: string,
  rule: string,
  version: string | undefined,
  share: string,
): readonly string[] {
  const result = setShare(text, { route, rule, version, share });
  return result.kind === "edited" ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`);
}

describe("setShare", () => {
  it("changes the share and not one other byte", () => {
    expect(edited(EXAMPLE, "chat", "everyone else", undefined, "12.5%")).toBe(
      EXAMPLE.replace("candidate: 5%", "candidate: 12.5%"),
    );
    expect(edited(EXAMPLE, "chat", "staff first", "2026-11", "0%")).toBe(
      EXAMPLE.replace("candidate: 100%", "candidate: 0%"),
    );
    expect(edited(EXAMPLE, "embeddings", "a first look", "embed-4-small", "95%")).toBe(
      EXAMPLE.replace("embed-4-small: 2.5%", "embed-4-small: 95%"),
    );
  });

  it("keeps quotes, comments and line ends", () => {
    const text = documentWith({ rules: [`{ name: a, candidate: "5%" } # why`] }).replaceAll("\n", "\r\n");
    expect(edited(text, "chat", "a", undefined, "7%")).toBe(text.replace('"5%"', '"7%"'));
  });

  it("lowers a share although tests of the document fail then, and does not raise one so", () => {
    const text = `${documentWith({ rules: ["{ name: a, candidate: 50% }"] })}
tests:
  - { route: chat, given: { bucket: 4999 }, expect: candidate }
  - { route: chat, given: { bucket: 6000 }, expect: stable }
`;
    const edit = { route: "chat", rule: "a" };
    const lowered = setShare(text, { ...edit, share: "10%" });
    expect(lowered).toEqual({ kind: "edited", lowered: true, text: text.replace("50%", "10%") });
    if (lowered.kind === "refused") return;
    expect(readRules(lowered.text).kind).toBe("refused");
    const told = readRules(lowered.text, "told");
    expect(told.kind === "rules" && told.warnings).toMatchObject([{ path: "tests[0]" }]);
    // And further down, and back up to where they hold.
    expect(setShare(lowered.text, { ...edit, share: "0%" })).toMatchObject({ kind: "edited", lowered: true });
    expect(setShare(lowered.text, { ...edit, share: "20%" })).toMatchObject({ kind: "refused" });
    expect(setShare(lowered.text, { ...edit, share: "50%" })).toEqual({ kind: "edited", lowered: false, text });
    expect(setShare(text, { ...edit, share: "70%" })).toMatchObject({
      kind: "refused",
      errors: [{ path: "tests[1]" }],
    });
  });

  it("can be undone", () => {
    const share = fc.integer({ min: 0, max: 10_000 }).map((points) => `${points / 100}%`);
    fc.assert(
      fc.property(share, (share) => {
        const there = edited(EXAMPLE, "chat", "everyone else", undefined, share);
        expect(readRules(there).kind).toBe("rules");
        expect(edited(there, "chat", "everyone else", undefined, "5%")).toBe(EXAMPLE);
      }),
      { numRuns: 20 },
    );
  });

  it("names the routes, rules and versions that there are", () => {
    expect(refusals(EXAMPLE, "chta", "everyone else", undefined, "1%")).toEqual([
      'routes: There is no route "chta": did you mean "chat"?',
    ]);
    expect(refusals(EXAMPLE, "speech", "everyone else", undefined, "1%")).toEqual([
      'routes: There is no route "speech": there is `chat` and `embeddings`.',
    ]);
    expect(refusals(EXAMPLE, "chat", "nobody", undefined, "1%")).toEqual([
      'routes[0]: The route "chat" has no rule "nobody": there is `staff first`, `images wait` and `everyone else`.',
    ]);
    expect(refusals(EXAMPLE, "chat", "everyone else", "2025-01", "1%")).toEqual([
      'routes[0].rules[2]: The rule "everyone else" gives no share to the version "2025-01": did you mean "2026-11"?',
    ]);
    expect(refusals(EXAMPLE, "embeddings", "a first look", undefined, "1%")).toEqual([
      'routes[1].rules[0]: The rule "a first look" splits between `embed-4` and `embed-4-small`: say which version is meant.',
    ]);
  });

  it("refuses a share that is none, and a sum over 100 %", () => {
    expect(refusals(EXAMPLE, "chat", "everyone else", undefined, "10")).toEqual([
      'routes[0].rules[2].candidate: The share "10" has no % sign: write `10%`.',
    ]);
    expect(refusals(EXAMPLE, "chat", "everyone else", undefined, "5% }, { x: 1%")[0]).toContain("is no share");
    expect(refusals(EXAMPLE, "embeddings", "a first look", "embed-4", "98%")).toEqual([
      "routes[1].rules[0].split: The shares of this rule add up to 100.5%: lower them to `100%` or less.",
    ]);
  });

  it("refuses a share that another rule uses too", () => {
    const text = documentWith({
      rules: ["{ name: a, when: { customer: x }, candidate: &low 5% }", "{ name: b, candidate: *low }"],
    });
    for (const rule of ["a", "b"]) expect(refusals(text, "chat", rule, undefined, "6%")[0]).toContain("by an alias");
    expect(edited(text, "chat", "a", undefined, "5%")).toBe(text);
  });

  it("refuses a share over several lines, which has no bytes of its own", () => {
    const text = documentWith({ rules: ["name: a\n        candidate: |-\n          5%"] });
    expect(readRules(text).kind).toBe("rules");
    expect(refusals(text, "chat", "a", undefined, "6%")[0]).toContain("over several lines");
  });

  it("refuses to edit a document that is wrong, with what is wrong", () => {
    expect(refusals("version: 1\n", "chat", "a", undefined, "5%")).toEqual([
      "routes: `routes` is missing: write a list of routes, each with `name`, `match` and `stable`.",
    ]);
  });
});
