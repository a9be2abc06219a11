import { describe, expect, it } from "vitest";
import { type DraftStorage, dropDraft, keepDraft, lastDraft } from "../../../src/console/rules/drafts.ts";

function storage(): DraftStorage & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    get length() {
      return kept.size;
    },
    key: (i) => [...kept.keys()][i] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

const draft = { revision: 3, base: "a", text: "b", at: "2026-11-01T10:00:00.000Z" };

describe("a draft", () => {
  it("is found again, the last one first", () => {
    const here = storage();
    expect(lastDraft(here)).toBeUndefined();
    keepDraft(here, draft);
    keepDraft(here, { ...draft, revision: 2, at: "2026-11-02T10:00:00.000Z" });
    expect(lastDraft(here)?.revision).toBe(2);
    dropDraft(here, 2);
    expect(lastDraft(here)).toEqual(draft);
  });

  it("is none when something else stands there", () => {
    const here = storage();
    for (const [i, text] of ["{", "null", "7", "[]", '{"revision": "3"}'].entries())
      here.kept.set(`canary-draft:${i}`, text);
    here.kept.set("canary-theme", JSON.stringify(draft));
    expect(lastDraft(here)).toBeUndefined();
  });

  it("says when the browser does not keep it", () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new Error("full");
      },
    };
    expect(keepDraft(full, draft)).toBe(false);
  });
});
