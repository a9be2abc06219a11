import { describe, expect, it } from "vitest";
import type { Difference } from "../../../src/inference/compare/likeness.ts";
import type { Told } from "../../../src/main/forwarding.ts";
import type { Batch } from "../../../src/main/workers/calls.ts";
import { Hearing } from "../../../src/main/workers/hearing.ts";
import { telling } from "../../../src/main/workers/telling.ts";
import type { ComparedNumbers } from "../../../src/metrics/shadow-cells.ts";
import type { Labels } from "../../../src/proxy/door.ts";
import type { Compared } from "../../../src/proxy/shadow/comparisons.ts";
import type { Decision } from "../../../src/routing/decision.ts";
import { decisionsOf } from "../../../src/routing/decisions-of.ts";
import type { Outcome } from "../../../src/routing/outcome.ts";
import { shadowPlan } from "../../../src/routing/shadow.ts";
import { compile, type Table } from "../../../src/routing/table.ts";
import { readRules } from "../../../src/rules/read-rules.ts";

const TEXT = `version: 1
customers: { type: header:x-customer-type }
routes:
  - name: chat
    match: [{ path: /v1/chat }]
    stable: { version: v1, endpoints: ["http://127.0.0.1:1"] }
    candidate: { version: v2, endpoints: ["http://127.0.0.1:2"] }
    override: true
    shadow: { version: v3, share: 10% }
    sandbox: [{ version: v3, endpoints: ["http://127.0.0.1:3"] }]
    rules:
      - { name: staff, when: { customerType: internal }, candidate: 100% }
      - { name: everyone, candidate: 20% }
`;

/** Rules as each process reads them for itself. */
function table(text = TEXT): Table {
  const read = readRules(text);
  if (read.kind === "refused") throw new Error(read.errors[0]?.message);
  return compile(read.rules, 1);
}

function all(of: Table): Decision[] {
  return of.routes.flatMap((route) => [...decisionsOf(route)]);
}

type Call = readonly [name: string, ...about: unknown[]];

/** What a lane tells on one side, and what the house is told on the other. */
function setUp(own = table(), theirs: Iterable<Table> = [table()]) {
  const batches: Batch[] = [];
  const calls: Call[] = [];
  const note =
    (name: string) =>
    (...about: unknown[]) =>
      void calls.push([name, ...about]);
  const told = {
    onDecision: note("decision"),
    onMoved: note("moved"),
    onUnread: note("unread"),
    onOutcome: note("outcome"),
    onLost: note("lost"),
    onCaptured: note("captured"),
    shadows: { onSent: note("sent"), onDropped: note("dropped"), onEnd: note("end"), onCompared: note("compared") },
  } satisfies Told & { onLost: unknown };
  const lane = telling((batch) => batches.push(batch));
  const hearing = new Hearing(told, () => theirs);
  return {
    lane,
    hearing,
    decisions: all(own),
    pass() {
      lane.flush();
      // As between two processes: copies, and nothing that one of them knows by identity.
      for (const batch of batches.splice(0)) hearing.take(structuredClone(batch));
      return calls.splice(0);
    },
  };
}

const LABELS: Required<Labels> = { customerType: "premium", modality: "image", caller: 12 };
/** Every field that there is: one that is added has to be put on the tape. */
const OUTCOME: Required<Outcome> = {
  status: 502,
  failure: "truncated",
  left: true,
  firstByte: 1.25,
  duration: 2.5,
  overhead: 0.125,
  generated: { promptTokens: 3, completionTokens: -1, firstToken: 7.5 },
};

describe("what a worker's lane tells", () => {
  it("comes to the house whole, and in its order", () => {
    const { lane, pass, decisions } = setUp();
    const [one, other] = decisions.filter(({ reason }) => reason === "share" || reason === "fallback");
    if (one === undefined || other === undefined) throw new Error("there are no such decisions");
    const empty = { status: 200, failure: undefined, left: false, firstByte: undefined, duration: 0, overhead: 0 };
    lane.onDecision(one);
    lane.onUnread("coding");
    lane.onMoved(one, other, "http_5xx", LABELS);
    lane.onOutcome(other, LABELS, OUTCOME, "request-1");
    lane.onCaptured("request-1", one);
    lane.onDecision(one);
    lane.onMoved(one, other, undefined, { ...LABELS, caller: undefined });
    lane.onOutcome(other, { ...LABELS, caller: undefined }, empty);
    lane.onOutcome(one, LABELS, OUTCOME, 12);
    expect(pass()).toEqual([
      ["decision", one],
      ["unread", "coding"],
      ["moved", one, other, "http_5xx", LABELS],
      ["outcome", other, LABELS, OUTCOME, "request-1"],
      ["captured", "request-1", one],
      ["decision", one],
      ["moved", one, other, undefined, { ...LABELS, caller: undefined }],
      ["outcome", other, { ...LABELS, caller: undefined }, { ...empty, generated: undefined }, undefined],
      ["outcome", one, LABELS, OUTCOME, 12],
    ]);
  });

  it("goes on to be understood when clients make up words", () => {
    const { lane, pass, decisions } = setUp();
    const [one] = decisions;
    if (one === undefined) throw new Error("there is no decision");
    const types = Array.from({ length: 3_000 }, (_, i) => `type ${i % 1_500}`);
    const found: unknown[] = [];
    for (const [i, customerType] of types.entries()) {
      lane.onMoved(one, one, undefined, { ...LABELS, customerType });
      if (i % 100 === 0) found.push(...pass());
    }
    found.push(...pass());
    expect(found).toEqual(types.map((customerType) => ["moved", one, one, undefined, { ...LABELS, customerType }]));
  });

  it("names every decision that a table can come to, so that the house finds its own", () => {
    const theirs = table();
    const { lane, pass, decisions } = setUp(table(), [theirs]);
    for (const decision of decisions) lane.onDecision(decision);
    const found = pass().map(([, decision]) => decision);
    expect(found).toEqual(decisions);
    expect(found.every((decision) => all(theirs).includes(decision as Decision))).toBe(true);
  });

  it("is found in the tables of before, and in the newest where both have it", () => {
    const before = table();
    const now = table(TEXT.replace("20%", "0%"));
    const { lane, pass, decisions } = setUp(before, [now, before]);
    for (const decision of decisions) lane.onDecision(decision);
    const found = pass().map(([, decision]) => decision);
    const ofNow = all(now);
    expect(found).toHaveLength(decisions.length);
    expect(found.filter((decision) => !ofNow.includes(decision as Decision)).length).toBeGreaterThan(0);
    expect(found.filter((decision) => ofNow.includes(decision as Decision)).length).toBeGreaterThan(0);
  });

  it("counts for nobody where rules of long ago have decided", () => {
    const { lane, pass, decisions, hearing } = setUp(table(), [table(TEXT.replaceAll("chat", "speech"))]);
    const [one] = decisions;
    if (one === undefined) throw new Error("there is no decision");
    lane.onDecision(one);
    lane.onOutcome(one, LABELS, OUTCOME);
    expect(pass()).toEqual([]);
    expect(hearing.lost()).toBe(0);
  });

  it("leaves what it had in hand when it ends, and that is lost", () => {
    const { lane, pass, decisions, hearing } = setUp();
    const [one, other] = decisions;
    if (one === undefined || other === undefined) throw new Error("there are no such decisions");
    for (let i = 0; i < 3; i++) lane.onDecision(one);
    lane.onOutcome(one, LABELS, OUTCOME);
    lane.onMoved(one, other, undefined, LABELS);
    pass();
    expect(hearing.lost()).toBe(2);
    expect(pass()).toEqual([
      ["lost", one],
      ["lost", other],
    ]);
    expect(hearing.lost()).toBe(0);
  });

  it("is of shadows, too", () => {
    const own = table();
    const { lane, pass, hearing } = setUp(own);
    const [plan] = own.routes.flatMap(({ route }) => shadowPlan(route, undefined) ?? []);
    if (plan === undefined) throw new Error("there is no shadow");
    lane.shadows.onSent(plan);
    lane.shadows.onEnd(plan, OUTCOME);
    lane.shadows.onDropped(plan, "load", false);
    lane.shadows.onSent(plan);
    const [decision] = all(own);
    if (decision === undefined) throw new Error("there is no decision");
    const about = { plan, decision, labels: LABELS, requestId: "request-1", path: "/v1/chat" };
    const numbers: Required<ComparedNumbers> = {
      result: "other_answer",
      similarity: 0.5,
      durationRatio: 1.5,
      tokensRatio: 2,
    };
    const difference: Required<Difference> = { where: "/a", primary: "1", shadow: "2" };
    const nothing = { similarity: undefined, durationRatio: undefined, tokensRatio: undefined };
    const uncompared: Compared = {
      ...about,
      numbers: { result: { uncompared: "too_large" }, ...nothing },
      difference: undefined,
    };
    lane.shadows.onCompared({ ...about, numbers, difference });
    lane.shadows.onCompared(uncompared);
    expect(pass()).toEqual([
      ["sent", plan],
      ["end", plan, OUTCOME],
      ["dropped", plan, "load", false],
      ["sent", plan],
      ["compared", { ...about, numbers, difference }],
      ["compared", uncompared],
    ]);
    expect(hearing.lost()).toBe(0); // requests
    expect(pass()).toEqual([["dropped", plan, "stopped", true]]);
  });

  it("goes by itself, soon", async () => {
    const batches: Batch[] = [];
    const lane = telling((batch) => batches.push(batch));
    lane.onUnread("too_large");
    await expect.poll(() => batches.length).toBe(1);
  });
});
