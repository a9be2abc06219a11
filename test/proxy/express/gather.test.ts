import { describe, expect, it } from "vitest";
import { Gather } from "../../../src/proxy/express/gather.ts";

function textOf({ bytes, start, end }: Gather): string {
  return bytes?.toString("latin1", start, end) ?? "";
}

describe("gathered bytes", () => {
  it("lie in one piece, in their order, whatever came with them", () => {
    const gather = new Gather();
    let expected = "";
    for (let i = 0; i < 3000; i++) {
      const piece = `${i},`;
      gather.append(Buffer.from(`<<${piece}>>`), 2, 2 + piece.length);
      expected += piece;
    }
    expect(textOf(gather)).toBe(expected);
    expect(gather.length).toBe(expected.length);
  });

  it("are copies: the read buffer may be used again", () => {
    const gather = new Gather();
    const source = Buffer.from("first");
    gather.append(source, 0, 5);
    source.fill("x");
    expect(textOf(gather)).toBe("first");
  });

  it("are copied a few times only, however small the pieces", () => {
    const gather = new Gather();
    const blocks = new Set<Buffer>();
    const one = Buffer.from("x");
    for (let i = 0; i < 100_000; i++) blocks.add(gather.append(one, 0, 1));
    expect(blocks.size).toBeLessThan(20);
  });

  it("leave what was used up behind", () => {
    const gather = new Gather();
    gather.append(Buffer.alloc(1000, "a"), 0, 1000);
    gather.start = 990;
    gather.append(Buffer.alloc(2000, "b"), 0, 2000);
    expect(textOf(gather)).toBe("a".repeat(10) + "b".repeat(2000));
  });

  it("are gone when they are cleared", () => {
    const gather = new Gather();
    gather.append(Buffer.from("a"), 0, 1);
    gather.clear();
    expect([gather.length, gather.bytes]).toEqual([0, undefined]);
  });
});
