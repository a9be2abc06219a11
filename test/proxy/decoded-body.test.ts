import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Coding, codingOf, decoded } from "../../src/proxy/decoded-body.ts";

const CODERS: readonly (readonly [Coding, (body: Buffer) => Buffer])[] = [
  ["gzip", zlib.gzipSync],
  ["deflate", zlib.deflateSync],
  ["deflate", zlib.deflateRawSync],
  ["br", zlib.brotliCompressSync],
  ...zstdCoder(),
];
/** The one of Node 22.15 and later. */
function zstdCoder(): (typeof CODERS)[number][] {
  const found: unknown = Reflect.get(zlib, "zstdCompressSync");
  return typeof found === "function" ? [["zstd", (body) => Buffer.from(found(body))]] : [];
}

const LIMIT = 1024 * 1024;
const TEXT = Buffer.from(`{"model":"big","prompt":"${"all work and no play ".repeat(2_000)}"}`);

describe.each(CODERS)("a body coded with %s", (coding, coder) => {
  it("is read as it was", async () => {
    expect(await decoded(coding, coder(TEXT), LIMIT)).toEqual({ body: TEXT, whole: true });
  });

  it("gives out what its beginning has", async () => {
    const random = Buffer.concat([
      TEXT.subarray(0, 1_000),
      Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 7919) >> 7)),
    ]);
    const coded = coder(random);
    const found = await decoded(coding, coded.subarray(0, coded.length - 10), LIMIT);
    expect(found?.body.length).toBeGreaterThan(0);
    expect(found?.body.equals(random.subarray(0, found.body.length))).toBe(true);
  });

  it("costs no more than the limit where it is a bomb", async () => {
    const bomb = coder(Buffer.alloc(64 * 1024 * 1024));
    const cpuOf = async (task: () => Promise<void>): Promise<number> => {
      const before = process.cpuUsage();
      await task();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const all = await cpuOf(async () => {
      expect((await decoded(coding, bomb, 64 * 1024 * 1024))?.whole).toBe(true);
    });
    const some = await cpuOf(async () => {
      // More than may be at work at once.
      const bodies = await Promise.all(Array.from({ length: 12 }, () => decoded(coding, bomb, 50_000)));
      for (const found of bodies) expect([found?.body.length, found?.whole]).toEqual([50_000, false]);
    });
    expect(some).toBeLessThan(all);
  });

  it("tells nothing where it is something else", async () => {
    expect(await decoded(coding, Buffer.from("\x07no such thing"), LIMIT)).toBeUndefined();
  });
});

it("knows codings by their names", () => {
  const names = [undefined, "", "identity", "GZIP", "x-gzip", " br ", "deflate", "gzip, br", "compress", "aws-chunked"];
  expect(names.map(codingOf)).toEqual([
    ...[undefined, undefined, undefined, "gzip", "gzip", "br", "deflate", "unknown", "unknown", "unknown"],
  ]);
});
