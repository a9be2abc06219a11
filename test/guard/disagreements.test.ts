import { expect, it } from "vitest";
import { Disagreements } from "../../src/guard/disagreements.ts";

const ABOUT = {
  ...{ at: 0, version: "v9", answeredBy: "v1", rule: "all", modality: "text", path: "/v1/chat/completions" },
  similarity: 0.2,
};

it("keeps the last disagreements of a route, the newest first, without what looks like a person's or a key", () => {
  const disagreements = new Disagreements();
  for (let i = 1; i <= 5; i++) {
    const difference = {
      where: "from word 3 on",
      primary: `ask ann@example.com ${i}`,
      shadow: "ask sk-abcdefghijklmnopqrstuv",
    };
    disagreements.note("chat", 3, { ...ABOUT, requestId: `r${i}` }, difference);
    disagreements.note("other", 0, { ...ABOUT, requestId: `r${i}` }, difference);
  }
  expect(disagreements.of("chat").map(({ requestId }) => requestId)).toEqual(["r5", "r4", "r3"]);
  expect(disagreements.of("chat")[0]).toMatchObject({ primary: "ask [email] 5", shadow: "ask [key]" });
  expect(disagreements.of("other")).toEqual([]);
});
