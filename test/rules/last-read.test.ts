import { expect, it, vi } from "vitest";
import { rememberingLast } from "../../src/rules/last-read.ts";
import { type ReadRules, readRules } from "../../src/rules/read-rules.ts";
import { documentWith } from "./refusals.ts";

it("reads a draft and the rules beside it once, and forgets them when nobody asks any more", async () => {
  vi.useFakeTimers();
  try {
    const texts: string[] = [];
    const read = rememberingLast(async (text, failing): Promise<ReadRules> => {
      texts.push(`${failing} ${text.length}`);
      return readRules(text, failing);
    });
    const [draft, before] = [documentWith({}), `${documentWith({})}# before\n`];
    const first = await read(draft);
    for (const text of [before, draft, before, draft]) await read(text);
    expect(await read(draft)).toBe(first);
    expect(texts).toEqual([`refused ${draft.length}`, `refused ${before.length}`]);
    await read(draft, "told");
    await read(draft);
    expect(texts).toHaveLength(3);
    vi.advanceTimersByTime(30_000);
    await read(draft);
    expect(texts).toHaveLength(4);
  } finally {
    vi.useRealTimers();
  }
});
