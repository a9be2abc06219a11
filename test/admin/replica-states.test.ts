import { describe, expect, it } from "vitest";
import { judge } from "../../src/admin/replica-states.ts";

const replica = (id: string, revision: number, more: { heard?: number; trouble?: string } = {}) => ({
  ...{ id, revision, address: `${id}:8081`, cutEpoch: 0, lag: 1, build: "1.0.0", heard: 100 },
  ...more,
});
const judged = (revision: number, ...replicas: ReturnType<typeof replica>[]) =>
  judge({ kind: "replicas", revision, replicas });

describe("the replicas", () => {
  it("are all on the last revision", () => {
    const found = judged(42, replica("a", 42), replica("b", 42), replica("c", 42));
    expect(found).toMatchObject({ revision: 42, current: 3, summary: "3 of 3 on revision 42" });
  });

  it.each([
    [replica("c", 41), "behind", "is still on revision 41"],
    [replica("c", 41, { trouble: "it cannot read that" }), "behind", "is on revision 41: it cannot read that"],
    [
      replica("c", 42, { heard: 7_400 }),
      "silent",
      "has not been heard of for 7 s: it is gone, or serves without the store at c:8081",
    ],
    [
      replica("c", 42, { heard: 1_200_000 }),
      "silent",
      "has not been heard of for 20 min: it is gone, or serves without the store at c:8081",
    ],
  ])("have %j named, and why", (laggard, state, why) => {
    const found = judged(42, replica("a", 42), replica("b", 42), laggard);
    expect(found).toMatchObject({ current: 2, summary: `2 of 3 on revision 42; c ${why}` });
    expect(found.replicas[2]).toMatchObject({ state, why });
    expect(found.replicas[2]).not.toHaveProperty("trouble");
  });

  it("are measured by the newest revision that one of them has, when the store has lost its own", () => {
    expect(judged(0, replica("a", 7), replica("b", 6)).summary).toBe("1 of 2 on revision 7; b is still on revision 6");
  });

  it("may be none", () => {
    expect(judged(1).summary).toBe("0 of 0 on revision 1");
  });
});
