import { describe, expect, it } from "vitest";
import { previewWords } from "../../../src/console/rules/preview-words.ts";

const count = (requests: number, callers: number) => ({ requests, callers });
const group = (requests: number, to: number, back = 0) => ({
  seen: count(requests, 10),
  moves: {
    ...(to === 0 ? {} : { "to candidate": count(to, 3) }),
    ...(back === 0 ? {} : { "to stable": count(back, 1) }),
  },
});
const nothing = { revision: 1, routes: [], rules: [], customerTypes: [], modalities: [], examples: [] };
const sure = { copied: { before: 0, after: 0 }, unsure: { requests: 0, missing: [] }, inexact: false };

describe("a preview in words", () => {
  it("says how many would move, whose and of which kind", () => {
    const preview = {
      ...nothing,
      ...sure,
      total: group(10_000, 300, 12),
      customerTypes: [{ name: "enterprise", ...group(40, 4) }],
      modalities: [
        { name: "image", ...group(900, 312) },
        { name: "audio", ...group(100, 0) },
      ],
    };
    expect(previewWords(preview)).toEqual({
      sum: "312 of the last 10,000 requests would move: 300 to a candidate (3 callers), 12 to stable (1 caller).",
      details: ["Who: 3 enterprise customers.", "Requests: 312 image, 0 audio."],
    });
  });

  it("says when nothing moves, or nothing is known", () => {
    expect(previewWords({ ...nothing, ...sure, total: group(10, 0) }).sum).toBe(
      "0 of the last 10 requests would move.",
    );
    expect(previewWords({ ...nothing, ...sure, total: group(0, 0) }).sum).toContain("No requests have been seen yet");
    const unsure = { requests: 1, missing: ["header x-a"] };
    expect(previewWords({ ...nothing, ...sure, inexact: true, unsure, total: group(10, 0) }).details).toHaveLength(2);
  });
});
