import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS } from "../../src/routing/bucket.ts";
import { layOut } from "../../src/routing/layout.ts";

/** Whose each bucket is; -1: stable's. */
function owners(points: readonly number[]): Int8Array {
  const owners = new Int8Array(BUCKETS).fill(-1);
  for (const [i, ranges] of layOut(points).entries()) {
    for (const { from, to } of ranges) {
      if (owners.subarray(from, to).some((owner) => owner !== -1)) throw new Error(`two have some of ${from} to ${to}`);
      owners.fill(i, from, to);
    }
  }
  return owners;
}

/** The different moves from one owner to another, as `from to`. */
function moves(before: readonly number[], after: readonly number[]): Set<string> {
  const [narrow, wide] = [owners(before), owners(after)];
  const moves = new Set<string>();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (narrow[bucket] !== wide[bucket]) moves.add(`${narrow[bucket]} ${wide[bucket]}`);
  }
  return moves;
}

/** Shares of up to `most` candidates that leave stable something, and one of them that widens at stable's cost. */
function widening(most: number, limit = BUCKETS) {
  return fc
    .array(fc.nat(limit), { minLength: 1, maxLength: most })
    .map((parts) => {
      let left = BUCKETS;
      return parts.map((part) => {
        const points = Math.min(part, left);
        left -= points;
        return points;
      });
    })
    .chain((points) => {
      const rest = BUCKETS - points.reduce((sum, one) => sum + one, 0);
      return fc.record({ points: fc.constant(points), who: fc.nat(points.length - 1), by: fc.nat(rest) });
    })
    .map(({ points, who, by }) => {
      const room = Math.min(by, limit - (points[who] ?? 0));
      return { who, by: room, before: points, after: points.map((one, i) => (i === who ? one + room : one)) };
    });
}

describe("the layout of buckets", () => {
  it("gives each candidate exactly its share, and no bucket to two", () => {
    fc.assert(
      fc.property(widening(9), ({ before }) => {
        const counts = new Array<number>(before.length).fill(0);
        for (const owner of owners(before)) if (owner >= 0) counts[owner] = (counts[owner] ?? 0) + 1;
        expect(counts).toEqual(before);
      }),
    );
  });

  it("leaves everybody with one or two candidates where they have always been", () => {
    fc.assert(
      fc.property(widening(2), ({ before: [first = 0, second = 0] }) => {
        const was = (bucket: number) => (bucket < first ? 0 : bucket >= BUCKETS - second ? 1 : -1);
        expect(owners([first, second])).toEqual(Int8Array.from({ length: BUCKETS }, (_, bucket) => was(bucket)));
      }),
    );
  });

  it.each([
    ["two candidates, whatever their shares", 2, BUCKETS],
    ["up to four, of 25 % at most", 4, 2_500],
    ["up to eight, of 12.5 % at most", 8, 1_250],
  ])("moves only stable's callers in, and its own out: %s", (_, most, limit) => {
    fc.assert(
      fc.property(widening(most, limit), ({ who, before, after }) => {
        for (const move of moves(before, after)) expect(move).toBe(`-1 ${who}`);
      }),
    );
  });

  it("never sends anybody back to stable because a share widens, and takes no more from stable than it widens by", () => {
    fc.assert(
      fc.property(widening(9), ({ before, after, by }) => {
        for (const move of moves(before, after)) expect(move).not.toMatch(/-1$/);
        const taken =
          owners(before).filter((owner) => owner === -1).length - owners(after).filter((owner) => owner === -1).length;
        expect(taken).toBe(by);
      }),
    );
  });

  it("keeps the callers of whoever widens, and of all that stand before it in the list", () => {
    fc.assert(
      fc.property(widening(9), ({ who, before, after }) => {
        for (const move of moves(before, after)) {
          const from = Number(move.split(" ")[0]);
          expect(from === -1 || from > who).toBe(true);
        }
      }),
    );
  });

  it("has the pairs begin opposite to each other", () => {
    expect(layOut([100, 200, 300, 400, 50, 60])).toEqual([
      [{ from: 0, to: 100 }],
      [{ from: 9_800, to: 10_000 }],
      [{ from: 5_000, to: 5_300 }],
      [{ from: 4_600, to: 5_000 }],
      [{ from: 2_500, to: 2_550 }],
      [{ from: 2_440, to: 2_500 }],
    ]);
    // The first has come to the third's place, and stable's next ones are the third's now.
    expect(layOut([6_000, 0, 300])).toEqual([[{ from: 0, to: 6_000 }], [], [{ from: 6_000, to: 6_300 }]]);
  });
});
