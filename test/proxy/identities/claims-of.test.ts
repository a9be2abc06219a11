import { describe, expect, it } from "vitest";
import { claimsOf } from "../../../src/proxy/identities/claims-of.ts";
import { toBytes } from "../../../src/routing/bytes.ts";

describe("the claims of a token", () => {
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["texts", { sub: "acme", empty: "" }, { sub: "acme", empty: "" }],
    ["texts as bytes", { sub: "Ünïted" }, { sub: toBytes("Ünïted") }],
    ["numbers and truth", { tenant: 42, beta: true, ratio: 0.5 }, { tenant: "42", beta: "true", ratio: "0.5" }],
    ["no whole number that is not exact", { tenant: 2 ** 53 }, {}],
    ["inner ones by their path", { org: { plan: { name: "gold" } } }, { "org.plan.name": "gold" }],
    ["their own dots first", { org: { plan: "b" }, "org.plan": "a" }, { "org.plan": "a" }],
    ["names that are URLs", { "https://acme.example/plan": "gold" }, { "https://acme.example/plan": "gold" }],
    ["a list of one", { groups: ["staff"], aud: [7] }, { groups: "staff", aud: "7" }],
    ["no longer list", { groups: ["a", "b"], none: [], nested: [["a"]] }, {}],
    ["no null", { plan: null }, {}],
    ["no text of a kilobyte", { note: "x".repeat(1024) }, {}],
  ])("are %s", (_, payload, expected) => {
    expect(Object.fromEntries(claimsOf(payload))).toEqual(expected);
  });

  it("are bounded, however many and deep they are", () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`claim${i}`, "x"]));
    expect(claimsOf(wide).size).toBe(64);
    let deep: Record<string, unknown> = { end: "x" };
    for (let i = 0; i < 10_000; i++) deep = { in: deep };
    expect(claimsOf(deep).size).toBe(0);
  });
});
