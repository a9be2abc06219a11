import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyCopy } from "../../src/proxy/body-copy.ts";
import { CopyBudget, type CopyHolder } from "../../src/proxy/copy-budget.ts";
import { CHUNKED, UNTIL_CLOSE } from "../../src/proxy/wire/framing.ts";

function copyOf(limit: number, keepsPart = false, free = 1_000_000) {
  const budget = new CopyBudget(free);
  return { copy: new BodyCopy(limit, keepsPart, budget), budget };
}

function chunked(pieces: readonly Uint8Array[]): Buffer {
  const chunks = pieces.filter(({ length }) => length > 0);
  return Buffer.concat([
    ...chunks.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)};a="b"\r\n`), piece, Buffer.from("\r\n")]),
    Buffer.from("0\r\n\r\n"),
  ]);
}

describe("a copy of a body", () => {
  it("is what came, however it was framed and cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (pieces, step, inChunks) => {
          const body = Buffer.concat(pieces);
          const wire = inChunks ? chunked(pieces) : body;
          const { copy } = copyOf(10_000);
          copy.begin(inChunks ? CHUNKED : body.length, "text/plain", undefined);
          for (let at = 0; at < wire.length; at += step) copy.take(wire, at, Math.min(wire.length, at + step));
          expect(copy.bytes).toEqual(body);
          expect(copy.size).toBe(body.length);
          expect(copy.lost).toBeUndefined();
        },
      ),
    );
  });

  it("never takes more memory than its limit and the budget, and gives all of it back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 8_000 }),
        fc.integer({ min: 0, max: 8_000 }),
        fc.boolean(),
        (sizes, limit, free, keepsPart) => {
          const { copy, budget } = copyOf(limit, keepsPart, free);
          copy.begin(UNTIL_CLOSE, undefined, undefined);
          for (const size of sizes) {
            copy.take(Buffer.alloc(size, 1), 0, size);
            expect(budget.free).toBeGreaterThanOrEqual(0);
            expect(copy.bytes.length).toBeLessThanOrEqual(limit);
          }
          const size = sizes.reduce((sum, one) => sum + one, 0);
          if (copy.lost === undefined) expect(copy.bytes.length).toBe(size);
          copy.release();
          expect(budget.free).toBe(free);
        },
      ),
    );
  });

  it("keeps nothing of what is announced to be too large, unless the beginning is wanted", () => {
    const { copy, budget } = copyOf(10);
    copy.begin(11, undefined, undefined);
    copy.take(Buffer.from("hello"), 0, 5);
    expect([copy.lost, copy.bytes.length, budget.free]).toEqual(["too_large", 0, 1_000_000]);
    const part = copyOf(10, true).copy;
    part.begin(11, undefined, undefined);
    part.take(Buffer.from("hello world"), 0, 11);
    expect([part.lost, part.bytes.toString()]).toEqual(["too_large", "hello worl"]);
  });

  it("stays for as long as somebody holds it", () => {
    const { copy, budget } = copyOf(10);
    copy.begin(2, undefined, undefined);
    copy.take(Buffer.from("ab"), 0, 2);
    expect(copy.keptBy("capture")).toBe(copy);
    copy.release();
    expect(copy.bytes.toString()).toBe("ab");
    copy.release("capture");
    expect([copy.bytes.length, budget.free]).toEqual([0, 1_000_000]);
  });

  it("is kept by nobody who has half of all memory already, whoever made what they keep", () => {
    const budget = new CopyBudget(1_000);
    const copyOf = (size: number, maker?: CopyHolder) => {
      const copy = new BodyCopy(500, false, budget, maker);
      copy.begin(size, "text/plain", undefined);
      copy.take(Buffer.alloc(size), 0, size);
      return copy;
    };
    const [own, tooMuch] = [copyOf(500, "shadow"), copyOf(1, "shadow")];
    expect([own.lost, tooMuch.lost]).toEqual([undefined, "no_memory"]);
    expect(own.keptBy("shadow")).toBe(own);
    const passing = copyOf(500);
    expect(passing.keptBy("shadow")).toMatchObject({ lost: "no_memory", size: 500, contentType: "text/plain" });
    expect(passing.keptBy("capture")).toBe(passing);
    for (const holder of [undefined, "shadow"] as const) own.release(holder);
    expect(passing.keptBy("shadow")).toBe(passing);
    for (const holder of [undefined, "shadow", "capture"] as const) passing.release(holder);
    expect(budget.free).toBe(1_000);
    expect(copyOf(500, "shadow").lost).toBeUndefined();
  });
});
