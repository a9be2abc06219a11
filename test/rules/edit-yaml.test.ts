import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editYaml, type YamlText } from "../../src/rules/edit-yaml.ts";
import type { Steps, YamlChange } from "../../src/rules/yaml-change.ts";
import { treeOf } from "../../src/rules/yaml-tree.ts";
import { yamlFlow } from "../../src/rules/yaml-words.ts";

const EXAMPLE = readFileSync(new URL("../../config/rules.yaml", import.meta.url), "utf8");
const RULES = ["routes", 0, "rules"];

function yaml(text: string): YamlText {
  const { root } = treeOf(text);
  if (root === undefined) throw new Error("no YAML");
  return { text, root };
}

function edit(text: string, steps: Steps, change: YamlChange): string | undefined {
  return editYaml(yaml(text), steps, change)?.text;
}

const LIST = `a: 1
list: # the list
  # about one
  - name: one # beside
    x: 1
    # inside one

  - name: two
    x: [1, 2]

  # about three
  - name: three
# the end
b: 2
`;

describe("an edit of a YAML text", () => {
  it("changes a scalar and not one other byte", () => {
    expect(edit(EXAMPLE, [...RULES, 2, "name"], { kind: "set", value: "the rest" })).toBe(
      EXAMPLE.replace("everyone else", "the rest"),
    );
    expect(edit(EXAMPLE, ["routes", 0, "stable", "version"], { kind: "set", value: "2026-09" })).toBe(
      EXAMPLE.replace('"2026-10"', '"2026-09"'),
    );
  });

  it("quotes what would be read as something else", () => {
    for (const value of ["2026-11", "a: b", "*", "# no", "", "null", "{x}", 'o\'clock "sharp"', "-", "a, b"]) {
      const after = edit(EXAMPLE, [...RULES, 2, "name"], { kind: "set", value });
      expect(after && treeOf(after).root?.entries.get("routes")?.node.items[0]?.value).toMatchObject({
        rules: [{}, {}, { name: value }],
      });
    }
  });

  it("moves an item with the comments that belong to it, and leaves the gaps where they are", () => {
    expect(edit(LIST, ["list"], { kind: "move", from: 2, to: 0 })).toBe(`a: 1
list: # the list
  # about three
  - name: three

  # about one
  - name: one # beside
    x: 1
    # inside one

  - name: two
    x: [1, 2]
# the end
b: 2
`);
    expect(edit("l: [a, b,  c] # x\n", ["l"], { kind: "move", from: 0, to: 2 })).toBe("l: [b, c,  a] # x\n");
  });

  it("takes an item out with its comments", () => {
    expect(edit(LIST, ["list", 0], { kind: "remove" })).toBe(
      LIST.replace("  # about one\n  - name: one # beside\n    x: 1\n    # inside one\n\n", ""),
    );
    expect(edit(LIST, ["list", 2], { kind: "remove" })).toBe(LIST.replace("\n  # about three\n  - name: three\n", ""));
    expect(edit("l: [a, b, c]\n", ["l", 1], { kind: "remove" })).toBe("l: [a, c]\n");
    expect(edit("l: [a, b, c]\n", ["l", 2], { kind: "remove" })).toBe("l: [a, b]\n");
  });

  it("takes the key out with the last item", () => {
    expect(edit("a: 1\nl:\n  - x\nb: 2\n", ["l", 0], { kind: "remove" })).toBe("a: 1\nb: 2\n");
  });

  it("puts an item in as the others are written", () => {
    const value = { name: "new", candidate: "5%" };
    expect(edit(LIST, ["list"], { kind: "insert", at: 1, value })).toBe(
      LIST.replace("  - name: two", "  - name: new\n    candidate: 5%\n\n  - name: two"),
    );
    expect(edit("l: [{ name: a }]", ["l"], { kind: "insert", at: 1, value })).toBe(
      "l: [{ name: a }, { name: new, candidate: 5% }]",
    );
    expect(edit("l:\n  - a", ["l"], { kind: "insert", at: 1, value: "b" })).toBe("l:\n  - a\n  - b\n");
    expect(edit("a: 1\n", ["l"], { kind: "insert", at: 0, value })).toBe(
      "a: 1\nl:\n  - name: new\n    candidate: 5%\n",
    );
    expect(edit("l: []\n", ["l"], { kind: "insert", at: 0, value })).toBe("l: [{ name: new, candidate: 5% }]\n");
  });

  it("writes a new key where it belongs", () => {
    const when = { customerType: ["premium", "beta"] };
    const order = ["name", "when", "candidate"];
    expect(edit(EXAMPLE, [...RULES, 2, "when"], { kind: "set", value: when, order })).toBe(
      EXAMPLE.replace(
        "- name: everyone else\n",
        "- name: everyone else\n        when: { customerType: [premium, beta] }\n",
      ),
    );
    expect(edit("r: { name: a, candidate: 5% }", ["r", "when"], { kind: "set", value: { model: "x" }, order })).toBe(
      "r: { name: a, when: { model: x }, candidate: 5% }",
    );
  });

  it("takes a key out, also the one beside the dash", () => {
    expect(edit(EXAMPLE, [...RULES, 0, "when"], { kind: "remove" })).toBe(
      EXAMPLE.replace("        when: { customerType: internal }\n", ""),
    );
    expect(edit("l:\n  - a: 1\n    b: 2\n", ["l", 0, "a"], { kind: "remove" })).toBe("l:\n  - b: 2\n");
    expect(edit("m: { a: 1, b: 2 }", ["m", "a"], { kind: "remove" })).toBe("m: { b: 2 }");
    expect(edit("m: { a: 1, b: 2 }", ["m", "b"], { kind: "remove" })).toBe("m: { a: 1 }");
  });

  it("writes a list over several lines in one where nothing is said beside it", () => {
    const text = "w:\n  t: # who\n    - a\n    - b\n  u: 1\n";
    expect(edit(text, ["w", "t"], { kind: "set", value: "c" })).toBe("w:\n  t: c # who\n  u: 1\n");
    expect(edit(text.replace("- b", "- b # why"), ["w", "t"], { kind: "set", value: "c" })).toBeUndefined();
  });

  it("refuses to change what an alias shares", () => {
    const text = "a: &x [1, 2]\nb: *x\nc: &y v\nd: *y\n";
    expect(edit(text, ["b", 0], { kind: "set", value: "3" })).toBeUndefined();
    expect(edit(text, ["a"], { kind: "move", from: 0, to: 1 })).toBeUndefined();
    expect(edit(text, ["c"], { kind: "set", value: "w" })).toBeUndefined();
  });

  it("keeps line ends as they are", () => {
    const text = EXAMPLE.replaceAll("\n", "\r\n");
    const after = edit(text, RULES, { kind: "move", from: 2, to: 0 });
    expect(after?.replaceAll("\r\n", "")).not.toContain("\n");
  });

  it("can be undone, whatever it is", () => {
    const move = fc.record({ from: fc.nat(2), to: fc.nat(2) });
    fc.assert(
      fc.property(move, ({ from, to }) => {
        const there = edit(LIST, ["list"], { kind: "move", from, to });
        expect(there && edit(there, ["list"], { kind: "move", from: to, to: from })).toBe(LIST);
      }),
    );
  });
});

describe("a value on one line", () => {
  it("is read as what it was", () => {
    const word = fc.string({ unit: fc.constantFrom(..."aB1 :#-*&!%@`'\"{}[],|>?\\/.~é\n\t") });
    fc.assert(
      fc.property(fc.dictionary(word, fc.oneof(word, fc.array(word))), (map) => {
        const { root, mistakes } = treeOf(yamlFlow(map));
        expect(mistakes).toEqual([]);
        expect({ ...(root?.value as object) }).toEqual({ ...map });
      }),
    );
  });
});
