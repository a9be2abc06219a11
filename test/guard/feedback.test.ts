import { describe, expect, it } from "vitest";
import { Answered } from "../../src/guard/answered.ts";
import { Feedback, feedbackDesk } from "../../src/guard/feedback.ts";
import type { Decision } from "../../src/routing/decision.ts";
import { compile } from "../../src/routing/table.ts";
import { everyone, routeWith, rulesWith } from "../kit/rules.ts";

const table = compile(rulesWith(routeWith({ rules: [everyone(["candidate", 500])] })), 1);
const rule = table.routes[0]?.rules[0];
const [candidate, stable] = [rule?.slices[0]?.decision, rule?.rest];
if (candidate === undefined || stable === undefined) throw new Error("two decisions");
const ABOUT = { modality: "image", caller: 7 };

type Told = [version: string, modality: string, liked: boolean];

/** Desks of replicas that hear each other. */
function desks(count: number, memory = 100) {
  const heard: ((text: string) => void)[] = [];
  return Array.from({ length: count }, () => {
    const told: Told[] = [];
    const answered = new Answered(memory, (id) => (id.startsWith("ours-") ? Number(id.slice(5)) : undefined));
    const mailbox = {
      send: (text: string) => heard.forEach((hear) => void hear(text)),
      onMail: (hear: (text: string) => void) => void heard.push(hear),
    };
    const take = feedbackDesk({
      answered,
      table: () => table,
      mailbox: count > 1 ? mailbox : undefined,
      onFeedback: ({ version }, { modality }, liked) => told.push([version.version, modality, liked]),
    });
    return { answered, told, take: (body: unknown) => take(Feedback.parse(body)) };
  });
}

function one(memory?: number) {
  const [desk] = desks(1, memory);
  if (desk === undefined) throw new Error("one desk");
  return desk;
}

describe("feedback", () => {
  it("credits the version that has answered the request, once", () => {
    const { answered, told, take } = one();
    answered.note("a", candidate, ABOUT);
    answered.note("b", stable, ABOUT);
    expect(take({ requestId: "a", good: false })).toEqual({ credited: 1, passedOn: 0, repeated: 0, unknown: [] });
    expect(
      take({
        feedback: [
          { requestId: "b", score: 0.5 },
          { requestId: "a", outcome: "good" },
          { requestId: "c", good: true },
        ],
      }),
    ).toEqual({
      credited: 1,
      passedOn: 0,
      repeated: 1,
      unknown: ["c"],
    });
    expect(told).toEqual([
      ["candidate", "image", false],
      ["stable", "image", true],
    ]);
  });

  it("credits a version by its name, for what comes when the request is forgotten", () => {
    const { told, take } = one();
    const about = { route: "chat", rule: "everyone" };
    take({ ...about, version: "candidate", score: 0.1, modality: "text" });
    take({ ...about, version: "stable", good: true });
    expect(take({ ...about, version: "v9", good: true }).unknown).toEqual(["chat v9"]);
    expect(told).toEqual([
      ["candidate", "text", false],
      ["stable", "unknown", true],
    ]);
  });

  it("finds the replica that has answered", () => {
    const [here, there, elsewhere] = desks(3);
    there?.answered.note("a", candidate, ABOUT);
    expect(here?.take({ requestId: "a", good: false })).toMatchObject({ credited: 0, passedOn: 1, unknown: [] });
    expect([here?.told, there?.told, elsewhere?.told]).toEqual([[], [["candidate", "image", false]], []]);
    here?.take({ requestId: "a", good: false });
    expect(there?.told).toHaveLength(1);
  });

  it("remembers as many requests as it was told, and none that nobody compares", () => {
    const { answered, take } = one(100);
    for (let i = 0; i < 1000; i++) answered.note(`${i}`, candidate, ABOUT);
    const known = Array.from({ length: 1000 }, (_, i) => take({ requestId: `${i}`, good: true }).credited);
    const count = known.reduce((sum, credited) => sum + credited, 0);
    expect(known[999]).toBe(1);
    expect(count).toBeGreaterThanOrEqual(50);
    expect(count).toBeLessThanOrEqual(100);
    const nobodys: Decision = { ...stable, rule: undefined };
    answered.note("x", nobodys, ABOUT);
    expect(take({ requestId: "x", good: true }).unknown).toEqual(["x"]);
  });

  it("knows the requests that the router has named by their numbers, the last so many of them", () => {
    const { answered, told, take } = one(100);
    for (let i = 1; i <= 1000; i++) answered.note(i, i % 2 === 0 ? candidate : stable, ABOUT);
    const known = Array.from({ length: 1000 }, (_, i) => take({ requestId: `ours-${i + 1}`, good: false }).credited);
    expect(known).toEqual(Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : 1)));
    expect(told).toHaveLength(100);
    expect(told[0]).toEqual(["stable", "image", false]);
    expect(take({ requestId: "ours-1000", good: true }).repeated).toBe(1);
    answered.note(1100, candidate, { modality: "text", caller: undefined });
    expect(take({ requestId: "ours-1100", good: true }).credited).toBe(1);
  });

  it("remembers the requests of several processes, each of which counts from elsewhere", () => {
    const answered = new Answered(100, Number, 2);
    const elsewhere = 2 ** 40 + 1;
    for (let i = 1; i <= 40; i++) {
      answered.note(elsewhere + i, stable, ABOUT);
      answered.note(i, candidate, ABOUT);
    }
    for (let i = 1; i <= 40; i++) {
      expect(answered.rate(`${i}`)).toMatchObject({ decision: { track: "candidate" } });
      expect(answered.rate(`${elsewhere + i}`)).toMatchObject({ decision: { track: "stable" } });
      expect(answered.rate(`${i}`)).toBe("repeated");
    }
  });

  it("takes a name that the router could have made, and a client has sent, for the client's", () => {
    const { answered, told, take } = one();
    answered.note("ours-7", candidate, ABOUT);
    expect(take({ requestId: "ours-7", good: false }).credited).toBe(1);
    expect(told).toEqual([["candidate", "image", false]]);
  });

  it.each([
    [{ requestId: "a" }],
    [{ requestId: "a", good: true, score: 1 }],
    [{ requestId: "a", score: 2 }],
    [{ requestId: "a", good: true, note: "x" }],
    [{ version: "v1", good: true }],
    [{ feedback: [] }],
    ["good"],
  ])("refuses what does not say one thing of one answer: %j", (body) => {
    expect(Feedback.safeParse(body).success).toBe(false);
  });
});
