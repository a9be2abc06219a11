import { describe, expect, it } from "vitest";
import { startHeart } from "../../src/store/heartbeat.ts";
import type { Heartbeat } from "../../src/store/replica-board.ts";
import { until } from "../kit/until.ts";

/** A board that takes its time. */
function slowBoard() {
  const heard: Heartbeat[] = [];
  let under = 0;
  let most = 0;
  return {
    heard,
    left: [] as string[],
    most: () => most,
    async beat(heartbeat: Heartbeat) {
      most = Math.max(most, ++under);
      await new Promise(setImmediate);
      heard.push(heartbeat);
      under--;
      return true;
    },
    async replicas() {
      return { kind: "unavailable", why: "nobody asks" } as const;
    },
    async leave(id: string) {
      this.left.push(id);
    },
  };
}

describe("the heart of a replica", () => {
  let revision = 1;
  const own = () => ({ id: "a", address: "", revision, cutEpoch: 0, lag: 0, build: "" });

  it("beats at once, when asked, and again and again", async () => {
    const board = slowBoard();
    const heart = startHeart(board, own, 20);
    revision = 2;
    heart.beat();
    await until("both are told", () => board.heard.length >= 2);
    expect(board.heard.map((one) => one.revision)).toEqual([1, 2]);
    await until("it beats by itself", () => board.heard.length >= 4);
    await heart.stop();
  });

  it("beats one at a time, whatever is asked, and tells the last state", async () => {
    const board = slowBoard();
    const heart = startHeart(board, own, 3_600_000);
    for (revision = 3; revision < 50; revision++) heart.beat();
    await until("the last is told", () => board.heard.at(-1)?.revision === 50);
    expect(board.heard).toHaveLength(2);
    expect(board.most()).toBe(1);
    await heart.stop();
  });

  it("says goodbye after its last beat", async () => {
    const board = slowBoard();
    const heart = startHeart(board, own, 20);
    await heart.stop();
    expect(board.left).toEqual(["a"]);
    const { length } = board.heard;
    heart.beat();
    expect(board.heard).toHaveLength(length);
  });
});
