import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mistakeAt } from "../../../src/console/rules/mistakes.ts";
import * as edits from "../../../src/console/rules/rule-edits.ts";
import { type RouteForm, routeForm, routeNames } from "../../../src/console/rules/rules-form.ts";
import { sentenceOf } from "../../../src/console/rules/sentence.ts";
import type { YamlText } from "../../../src/rules/edit-yaml.ts";
import { readRules } from "../../../src/rules/read-rules.ts";
import { treeOf } from "../../../src/rules/yaml-tree.ts";
import { documentWith } from "../../rules/refusals.ts";

const EXAMPLE = readFileSync(new URL("../../../config/rules.yaml", import.meta.url), "utf8");

function yaml(text: string): YamlText {
  const { root } = treeOf(text);
  if (root === undefined) throw new Error("no YAML");
  return { text, root };
}

function form(text: string, route = 0): RouteForm {
  const found = routeForm(yaml(text).root, route);
  if (found === undefined) throw new Error("no route");
  return found;
}

function sentences(text: string, route = 0): string[] {
  return form(text, route).rules.map((rule, i) =>
    sentenceOf(rule, i === 0)
      .map((part) => (part.kind === "words" ? part.text : `[${part.text}]`))
      .join(" "),
  );
}

const when = (conditions: string) => documentWith({ rules: [`{ name: a, when: ${conditions}, candidate: 5% }`] });

describe("rules as sentences", () => {
  it("read aloud", () => {
    expect(sentences(EXAMPLE)).toEqual([
      "Send [100 %] of [internal customers’] requests to [2026-11]",
      "Send [0 %] of [image or video] requests to [2026-11]",
      "Send [5 %] of all other requests to [2026-11]",
    ]);
    expect(sentences(EXAMPLE, 1)).toEqual(["Send [5 %] of all requests to [embed-4] and [2.5 %] to [embed-4-small]"]);
  });

  it("say every condition", () => {
    expect(sentences(when("{ customerType: [premium, beta], modality: image, stream: true }"))[0]).toBe(
      "Send [5 %] of [premium or beta customers’] [streamed] [image] requests to [b]",
    );
    expect(sentences(when("{ customer: [a, b, c, d, e], model: m-*, method: POST, path: /v1/* }"))[0]).toBe(
      "Send [5 %] of requests from [a, b, c or 2 others] for the model [m-*] by [POST] at [/v1/*] to [b]",
    );
    expect(sentences(when("{ header: { x-region: eu-* }, stateful: [true, false] }"))[0]).toBe(
      "Send [5 %] of requests with [x-region: eu-*] [that build on earlier ones or do not] to [b]",
    );
    const window = documentWith({
      rules: ['{ name: a, between: ["2026-12-24T00:00Z", "2026-12-27T00:00+01:00"], candidate: 0% }'],
    });
    expect(sentences(window)[0]).toBe(
      "Send [0 %] of all requests [from 2026-12-24 00:00 UTC until 2026-12-27 00:00 (+01:00)] to [b]",
    );
  });

  it("are told also where something is missing or unknown", () => {
    const text = documentWith({ rules: ["{ name: a, when: { colour: red }, later: { from: 1% } }", "nonsense"] });
    expect(form(text).rules[0]?.others).toEqual(["when", "later"]);
    expect(sentences(text)).toEqual(["Send […] of all requests to [b]", "Send […] of all other requests to [b]"]);
    expect(routeNames(yaml(text).root)).toEqual([{ name: "chat", rules: 2 }]);
  });
});

const LAST = { route: 0, rule: 2 };

describe("an edit of a rule in the form", () => {
  it("changes a share", () => {
    expect(edits.setRuleShare(yaml(EXAMPLE), LAST, "2026-11", "7.25%")?.text).toBe(
      EXAMPLE.replace("candidate: 5%", "candidate: 7.25%"),
    );
    expect(edits.setRuleShare(yaml(EXAMPLE), { route: 1, rule: 0 }, "embed-4", "6%")?.text).toBe(
      EXAMPLE.replace("embed-4: 5%", "embed-4: 6%"),
    );
  });

  it("renames a rule, even to what is wrong", () => {
    const text = edits.setName(yaml(EXAMPLE), LAST, "")?.text ?? "";
    expect(text).toBe(EXAMPLE.replace("everyone else", '""'));
    const reading = readRules(text);
    expect(reading.kind === "refused" && mistakeAt(reading.errors, "routes[0].rules[2].name")).toContain("is no name");
  });

  it("adds, changes and takes away conditions", () => {
    const condition = { fact: "customerType" as const, header: "", values: ["premium"] };
    const one = edits.setCondition(yaml(EXAMPLE), LAST, condition);
    expect(one?.text).toContain(
      "- name: everyone else\n        when: { customerType: premium }\n        candidate: 5%",
    );
    const two = one && edits.setCondition(one, LAST, { ...condition, values: ["premium", "beta"] });
    expect(two?.text).toContain("when: { customerType: [premium, beta] }");
    const three = two && edits.setCondition(two, LAST, { fact: "header", header: "x-a", values: ["1"] });
    expect(three?.text).toContain('when: { customerType: [premium, beta], header: { x-a: "1" } }');
    const four = three && edits.setCondition(three, LAST, { fact: "header", header: "x-a", values: [] });
    expect(four?.text).toBe(two?.text);
    const five = four && edits.setCondition(four, LAST, { ...condition, values: [] });
    expect(five?.text).toBe(EXAMPLE);
  });

  it("keeps what is said beside values that stay", () => {
    const text = EXAMPLE.replace("[image, video]", "[\n            image, # slow\n            video ]");
    const condition = { fact: "modality" as const, header: "", values: ["image", "audio"] };
    const after = edits.setCondition(yaml(text), { route: 0, rule: 1 }, condition);
    expect(after?.text).toContain("image, # slow");
    expect(form(after?.text ?? "").rules[1]?.conditions[0]?.values).toEqual(["image", "audio"]);
  });

  it("adds, moves and removes rules", () => {
    const added = edits.addRule(yaml(EXAMPLE), 0, form(EXAMPLE), 0);
    expect(added?.text).toContain("rules:\n      - name: new rule\n        candidate: 0%\n      - name: staff first");
    const moved = added && edits.moveRule(added, { route: 0, rule: 0 }, 3);
    expect(form(moved?.text ?? "").rules.map(({ name }) => name)).toEqual([
      ...["staff first", "images wait", "everyone else", "new rule"],
    ]);
    expect(moved && edits.removeRule(moved, { route: 0, rule: 3 })?.text).toBe(EXAMPLE);
  });

  it("writes the first rule of a route, and all candidates of it", () => {
    const empty = documentWith({});
    const text = edits.addRule(yaml(empty), 0, form(empty), 0)?.text ?? "";
    expect(readRules(text).kind).toBe("rules");
    expect(edits.addRule(yaml(EXAMPLE), 1, form(EXAMPLE, 1), 1)?.text).toContain(
      "- name: new rule\n        split: { embed-4: 0%, embed-4-small: 0% }",
    );
  });

  it("sets a time and takes it away", () => {
    const set = edits.setWindow(yaml(EXAMPLE), LAST, ["2026-12-24T00:00Z", "2026-12-27T00:00Z"]);
    expect(set?.text).toContain('between: ["2026-12-24T00:00Z", "2026-12-27T00:00Z"]');
    expect(set && edits.setWindow(set, LAST, undefined)?.text).toBe(EXAMPLE);
  });

  it("lets a share rise by itself, step by step, and stay again", () => {
    const ramp = edits.beginRamp(yaml(EXAMPLE), LAST, "5%");
    expect(ramp?.text).toContain("ramp:\n          - to: 5%\n            for: 10m\n          - to: 100%\n");
    const gated = ramp && edits.setStep(ramp, LAST, 0, "until", "good");
    const more = gated && edits.addStep(gated, LAST, 1, "50%");
    expect(sentences(more?.text ?? "")[2]).toBe(
      "Send [5 % for 10m until it is good, then 50 % for 10m, then 100 %] of all other requests to [2026-11]",
    );
    const fewer = more && edits.removeStep(more, LAST, 1);
    const open = fewer && edits.setStep(fewer, LAST, 0, "until", "");
    expect(open?.text).toBe(ramp?.text);
    expect(readRules(open?.text ?? "").kind).toBe("rules");
    expect(open && edits.endRamp(open, LAST, "5%")?.text).toBe(EXAMPLE);
  });
});
