import { describe, expect, it } from "vitest";
import { differences } from "../../src/rules/differences.ts";
import { readRules } from "../../src/rules/read-rules.ts";

const BASE = `version: 1
customers: { id: header:x-customer-id, type: header:x-customer-type }
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: "10", endpoints: ["http://10.0.0.1"] }
    candidate: { version: "11", endpoints: ["http://10.0.0.2"] }
    rules:
      - { name: staff, when: { customerType: internal }, candidate: 100% }
      - { name: everyone else, candidate: 5% }
`;
const SPLIT = `version: 1
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: "10", endpoints: ["http://10.0.0.1"] }
    candidates:
      - { version: "11", endpoints: ["http://10.0.0.2"] }
      - { version: "12", endpoints: ["http://10.0.0.3"] }
    rules:
      - { name: everyone, split: { "11": 5%, "12": 2.5% } }
`;

function rules(text: string) {
  const reading = readRules(text);
  if (reading.kind === "refused") throw new Error(JSON.stringify(reading.errors));
  return reading.rules;
}
const between = (before: string, after: string) => differences(rules(before), rules(after));

describe("the differences between rules, in words", () => {
  it("are none where only comments and formatting differ", () => {
    expect(
      between(
        BASE,
        `# hello\n${BASE.replace("{ name: everyone else, candidate: 5% }", "{ name: 'everyone else', candidate: 5.00% }")}`,
      ),
    ).toEqual([]);
  });

  it.each([
    ["candidate: 5%", "candidate: 10%", ["chat / everyone else: 5 % → 10 %"]],
    ["candidate: 5%", "candidate: 0.01%", ["chat / everyone else: 5 % → 0.01 %"]],
    [
      "candidate: 5%",
      "ramp: [{ to: 1%, for: 10m }, { to: 5%, until: good }, { to: 25% }]",
      ["chat / everyone else: 5 % → a ramp of 1 % for 10 min, 5 % until good, 25 %"],
    ],
    [
      "name: everyone else",
      "name: others",
      ["chat / others: a new rule, 5 %", "chat / everyone else: the rule is removed, it gave 5 %"],
    ],
    ['version: "11"', 'version: "12"', ["chat / candidate: 11 → 12"]],
    ['version: "10"', 'version: "9"', ["chat / stable: 10 → 9"]],
    ["http://10.0.0.1", "http://10.0.0.9", ['chat / stable 10: endpoints ["http://10.0.0.1"] → ["http://10.0.0.9"]']],
    ["name: chat", "name: talk", ["talk: a new route", "chat: the route is removed"]],
    ["path: /v1/chat", "path: /v1/talk", [expect.stringMatching(/^chat: match .*chat.* → .*talk/)]],
    [
      "customerType: internal",
      "customerType: beta",
      [expect.stringMatching(/^chat \/ staff: when .*internal.* → .*beta/)],
    ],
  ])("say what %s → %s means", (from, to, words) => {
    expect(between(BASE, BASE.replace(from, to))).toEqual(expect.arrayContaining(words));
  });

  it("name the versions where there are several", () => {
    expect(between(SPLIT, SPLIT.replace("5%", "6%"))).toEqual(["chat / everyone / 11: 5 % → 6 %"]);
    expect(between(SPLIT, SPLIT.replace(', "12": 2.5%', ""))).toEqual(["chat / everyone / 12: 2.5 % → 0 %"]);
  });

  it("tell another order, for the first rule that holds decides", () => {
    const names =
      "rules:\n      - { name: a, when: { customerType: x }, candidate: 1% }\n      - { name: b, when: { customerType: y }, candidate: 2% }\n";
    const text = BASE.slice(0, BASE.indexOf("rules:")) + names;
    const [, , first = "", second = ""] = /(rules:\n)(.*\n)(.*\n)/.exec(text) ?? [];
    expect(between(text, text.replace(first + second, second + first))).toEqual([
      "the rules of chat are in another order: a, b → b, a",
    ]);
  });
});
