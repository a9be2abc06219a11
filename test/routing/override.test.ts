import { describe, expect, it } from "vitest";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { decide } from "../../src/routing/decide.ts";
import { explain } from "../../src/routing/explain.ts";
import type { Condition, Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import { factsOf, type Request } from "../kit/facts.ts";
import { routeWith, rulesWith } from "../kit/rules.ts";

const internal: Condition = { fact: "customerType", values: ["internal", "standard"] };
const acme: Condition = { fact: "customer", values: ["acme"] };
const team: Condition = { fact: "header", name: "x-team", values: ["search"] };

function withOverride(override: readonly Condition[]): Rules {
  return rulesWith(routeWith({ override }));
}

/** What becomes of `x-canary: always`. */
function asked(override: readonly Condition[], request: Request): string | undefined {
  const [route] = compile(withOverride(override), 1).routes;
  const facts = factsOf({ ...request, headers: { ...request.headers, "x-canary": "always" } });
  return route && decide(route, facts, NO_CUTS, () => 0).reason;
}

describe("x-canary from outside the trusted networks", () => {
  const outside = { trusted: false };

  it.each<[who: string, override: readonly Condition[], request: Request, reason: string]>([
    ["a type that is proven", [internal], { customerType: "internal" }, "override"],
    ["a customer who is proven", [acme], { customer: "acme", typeKnown: false }, "override"],
    [
      "what is proven, with more besides",
      [internal, team],
      { customerType: "internal", headers: { "x-team": "search" } },
      "override",
    ],
    ["another proven type", [internal], { customerType: "gold" }, "no rule"],
    ["the default's type", [internal], { customerType: "standard", typeKnown: false }, "no rule"],
    ["nobody known", [acme], {}, "no rule"],
    ["what anyone can write", [team], { headers: { "x-team": "search" } }, "no rule"],
    ["everybody", [], { customer: "acme" }, "no rule"],
  ])("asks for the candidate by %s", (_, override, request, reason) => {
    expect(asked(override, { ...request, ...outside })).toBe(reason);
  });

  it("is not what explain proposes to who would not be heard", () => {
    const changesFor = (request: Request) =>
      explain(compile(withOverride([]), 1), factsOf(request), NO_CUTS, () => 0).changes;
    expect(changesFor({})).toEqual([{ kind: "x-canary", value: "always" }]);
    expect(changesFor(outside)).toEqual([]);
  });
});
