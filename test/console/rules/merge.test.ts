import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laidOut, merged } from "../../../src/console/rules/merge.ts";

const BASE = "a\nb\nc\nd\ne\n";

describe("two edits of one text", () => {
  it("are put together where they do not meet", () => {
    const stretches = laidOut(BASE, BASE.replace("b", "B"), BASE.replace("e", "e\nf"));
    expect(stretches.map(({ by }) => by)).toEqual(["nobody", "me", "nobody", "them", "nobody"]);
    expect(merged(stretches, new Map())).toBe("a\nB\nc\nd\ne\nf\n");
  });

  it("are both shown where they meet, and taken as somebody chooses", () => {
    const stretches = laidOut(BASE, BASE.replace("c", "mine"), BASE.replace("c", "theirs"));
    const place = stretches.findIndex(({ by }) => by === "both");
    expect(stretches[place]).toEqual({ by: "both", base: ["c"], mine: ["mine"], theirs: ["theirs"] });
    expect(merged(stretches, new Map([[place, "mine"]]))).toBe(BASE.replace("c", "mine"));
    expect(merged(stretches, new Map([[place, "theirs"]]))).toBe(BASE.replace("c", "theirs"));
    expect(merged(stretches, new Map([[place, "mine and theirs"]]))).toBe(BASE.replace("c", "mine\ntheirs"));
  });

  it("are no conflict where both are the same", () => {
    const both = BASE.replace("c", "x");
    expect(laidOut(BASE, both, both).map(({ by }) => by)).toEqual(["nobody", "alike", "nobody"]);
  });

  it("lose not one line, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 10 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        const stretches = laidOut(base, mine, theirs);
        expect(stretches.flatMap((one) => one.base).join("\n")).toBe(base);
        expect(stretches.flatMap((one) => one.mine).join("\n")).toBe(mine);
        expect(stretches.flatMap((one) => one.theirs).join("\n")).toBe(theirs);
        if (theirs === base) expect(merged(stretches, new Map())).toBe(mine);
        if (mine === base) expect(merged(stretches, new Map())).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });
});
