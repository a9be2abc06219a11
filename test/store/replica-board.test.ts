import { expect, it } from "vitest";
import { type SeenReplica, withoutReplaced } from "../../src/store/replica-board.ts";

const seen = (id: string, address: string, heard: number): SeenReplica => {
  return { id, address, heard, revision: 1, cutEpoch: 0, lag: 0, build: "" };
};
const ids = (...replicas: SeenReplica[]) => withoutReplaced(replicas).map(({ id }) => id);

it("leaves out a replica that is silent since another process has its address", () => {
  expect(ids(seen("crashed", "pod-1:8081", 60_000), seen("again", "pod-1:8081", 200))).toEqual(["again"]);
  expect(ids(seen("first", "pod-1:8081", 90_000), seen("second", "pod-1:8081", 60_000))).toEqual(["second"]);
});

it("keeps one that is silent and may serve, and two that live under one name", () => {
  expect(ids(seen("lost", "pod-1:8081", 3_000_000), seen("other", "pod-2:8081", 200))).toEqual(["lost", "other"]);
  expect(ids(seen("one", "host:8081", 900), seen("two", "host:8081", 200))).toEqual(["one", "two"]);
});
