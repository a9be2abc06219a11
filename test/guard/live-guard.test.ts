import { describe, expect, it, onTestFinished } from "vitest";
import { BoardSharing } from "../../src/guard/board-sharing.ts";
import { type Bad, Guard } from "../../src/guard/guard.ts";
import { followGuard, type LiveGuard } from "../../src/guard/live-guard.ts";
import { tallyRows } from "../../src/guard/shared-rows.ts";
import { NO_AUTO_CUT } from "../../src/routing/auto-cut.ts";
import type { Decision } from "../../src/routing/decision.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import type { Route } from "../../src/routing/rules.ts";
import { memoryNumbers, type SharedNumbers } from "../../src/store/shared-numbers.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { everyone, routeWith } from "../kit/rules.ts";
import { until } from "../kit/until.ts";

const rule = everyone(["candidate", 500]);
const route = routeWith({ rules: [rule], autoCut: undefined });
const [candidate = route.stable] = route.candidates;
const good: Outcome = { status: 200, failure: undefined, firstByte: 20, duration: 100, overhead: 0 };
const failed: Outcome = { ...good, failure: "error_event" };
const ABOUT = { modality: "text", caller: undefined };
const ofCandidate: Decision = { route, rule, version: candidate, track: "candidate", reason: "share" };
const ofStable: Decision = { route, rule, version: route.stable, track: "stable", reason: "rest" };

interface Hears {
  onOutcome(decision: Decision, about: typeof ABOUT, outcome: Outcome): void;
}

/** Requests in blocks of one of the candidate's and 19 of stable's; every `failing`th of the candidate's fails. */
function traffic(guard: Hears, blocks: number, failing: number): void {
  for (let i = 0; i < blocks; i++) {
    guard.onOutcome(ofCandidate, ABOUT, i % failing === 0 ? failed : good);
    for (let j = 0; j < 19; j++) guard.onOutcome(ofStable, ABOUT, good);
  }
}

function replicas(count: number, board: SharedNumbers) {
  return Array.from({ length: count }, (_, i) => {
    const bad: Bad[] = [];
    const guard = new Guard((found) => bad.push(found));
    let begun = 0;
    const shared = [tallyRows(guard, () => [{ route, version: "candidate", since: begun }])];
    const sharing = new BoardSharing(shared, board, `replica-${i}`);
    const beginAnew = (epoch: number): void => {
      begun = epoch;
      guard.forget("chat", "candidate");
      sharing.forgetUnknown();
    };
    return { bad, guard, sharing, beginAnew };
  });
}

const requestsOf = (guard: Guard) => guard.opinion(route, "candidate").judgements[0]?.candidate.requests;

describe("replicas that share what they have seen", () => {
  it("find together what none has seen enough of, and count nothing twice", async () => {
    const all = replicas(10, memoryNumbers());
    for (let round = 0; round < 3; round++) {
      for (const { guard } of all) traffic(guard, 1, 2);
      for (let i = 0; i < 2; i++) for (const { sharing } of all) await sharing.exchange();
    }
    expect(all.map(({ guard }) => requestsOf(guard))).toEqual(all.map(() => 30));
    expect(all.every(({ bad }) => bad.length === 1)).toBe(true);
    const alone = replicas(1, memoryNumbers())[0];
    if (alone === undefined) throw new Error("one replica");
    traffic(alone.guard, 3, 2);
    expect(alone.bad).toEqual([]);
  });

  it("tell a replica that starts what was known before it", async () => {
    const board = memoryNumbers();
    const [one, other] = replicas(2, board);
    if (one === undefined || other === undefined) throw new Error("two replicas");
    traffic(one.guard, 200, 1000);
    await one.sharing.exchange();
    await other.sharing.exchange();
    expect(requestsOf(other.guard)).toBe(200);
  });

  it("give a board that has lost everything what they have, and count it once", async () => {
    const first = memoryNumbers();
    let board = first;
    const moving: SharedNumbers = { exchange: (...asked) => board.exchange(...asked), close: async () => undefined };
    const [one, other] = replicas(2, moving);
    if (one === undefined || other === undefined) throw new Error("two replicas");
    traffic(one.guard, 50, 1000);
    traffic(other.guard, 50, 1000);
    const exchange = async () => {
      for (const { sharing } of [one, other]) await sharing.exchange();
    };
    await exchange();
    await exchange();
    expect([requestsOf(one.guard), requestsOf(other.guard)]).toEqual([100, 100]);
    board = memoryNumbers();
    for (let i = 0; i < 3; i++) await exchange();
    expect([requestsOf(one.guard), requestsOf(other.guard)]).toEqual([100, 100]);
    const [, , late] = replicas(3, moving);
    await late?.sharing.exchange();
    expect(late && requestsOf(late.guard)).toBe(100);
  });

  it("do not bring back what was forgotten with a restoration", async () => {
    const [one, other] = replicas(2, memoryNumbers());
    if (one === undefined || other === undefined) throw new Error("two replicas");
    traffic(one.guard, 50, 1);
    await one.sharing.exchange();
    await other.sharing.exchange();
    expect(other.bad).toHaveLength(1);
    for (const { beginAnew } of [one, other]) beginAnew(7);
    for (let i = 0; i < 2; i++) for (const { sharing } of [one, other]) await sharing.exchange();
    expect([requestsOf(one.guard), requestsOf(other.guard)]).toEqual([0, 0]);
  });
});

describe("the guard of a replica", () => {
  const pairs = (guard: LiveGuard, of: Route) => guard.agreement(of, "v9")?.pairs;
  function setUp(board: SharedNumbers = memoryNumbers(), replica = "this one") {
    const bad: Bad[] = [];
    let restored = 0;
    let routes = [route];
    const log = memoryLog();
    const guard = followGuard({
      board,
      replica,
      log,
      routes: () => routes,
      restoredAt: () => restored,
      onBad: (found) => bad.push(found),
      everyMs: 5,
    });
    onTestFinished(() => guard.stop());
    const use = (next: typeof routes) => {
      routes = next;
    };
    const restore = (at: number) => {
      restored = at;
    };
    return { guard, bad, log, use, restore };
  }

  it("says in the middle of a request that a candidate is bad, why, and what it thinks", () => {
    const { guard, bad } = setUp();
    traffic(guard, 100, 1000);
    expect(guard.verdict(route, "candidate")).toMatchObject({
      verdict: "not enough data",
      bothBad: false,
      findings: [],
    });
    traffic(guard, 20, 1);
    expect(bad).toHaveLength(1);
    const { verdict, sentence } = guard.verdict(route, "candidate");
    expect([verdict, sentence]).toEqual(["bad", bad[0]?.why]);
    expect(sentence).toMatch(/^The candidate failed \d+ requests in a row, while stable failed 0 % of its own\.$/);
  });

  it("begins anew with a candidate that was restored, and one that has left the rules", async () => {
    const { guard, bad, use, restore } = setUp();
    traffic(guard, 40, 1);
    restore(5);
    const isNew = () => guard.verdict(route, "candidate").sentence.startsWith("The candidate has had no requests yet");
    await until("it is forgotten", isNew);
    traffic(guard, 40, 1);
    expect(bad).toHaveLength(2);
    use([]);
    await until("it is forgotten", isNew);
  });

  it("judges alone while the board is away, and says so", async () => {
    let away = true;
    const board = memoryNumbers();
    const { guard, bad, log } = setUp({
      exchange: async (...asked) => (away ? { kind: "unavailable", why: "it is away" } : board.exchange(...asked)),
      close: async () => undefined,
    });
    await until("it knows", () => guard.alone() === "it is away");
    traffic(guard, 40, 1);
    expect(bad).toHaveLength(1);
    away = false;
    await until("it is back", () => guard.alone() === undefined);
    expect(JSON.stringify(log)).toContain("alone");
  });

  it("judges what all replicas have compared, and begins anew with a shadow that was restored", async () => {
    const compare = { how: { as: "text", similarity: 0.8 }, least: 0.9, keep: 0 } as const;
    const shadow = { version: "v9", points: 10_000, keepsCredentials: false, withClient: false };
    const compared = routeWith({ sandbox: [{ version: "v9", endpoints: [] }], shadow, compare });
    const board = memoryNumbers();
    const [one, other] = [setUp(board, "one"), setUp(board, "other")];
    for (const { use } of [one, other]) use([compared]);
    for (let i = 0; i < 3; i++) one.guard.onCompared(compared, "v9", "text", false);
    await until("the other has heard", () => other.guard.agreement(compared, "v9")?.pairs === 3);
    for (let i = 0; i < 20; i++) other.guard.onCompared(compared, "v9", "text", false);
    await until("both have found it out", () => one.bad.length === 1 && other.bad.length === 1);
    expect(one.bad[0]).toMatchObject({ route: "chat", version: "v9", observeOnly: false });
    for (const { restore } of [one, other]) restore(9);
    await until("both begin anew", () => [one, other].every(({ guard }) => pairs(guard, compared) === 0));
    one.guard.onCompared(compared, "v9", "text", true);
    await until("it is heard anew", () => pairs(other.guard, compared) === 1);
  });

  it("says that nothing is judged where the route says so", () => {
    const { guard } = setUp();
    const off = { ...route, autoCut: NO_AUTO_CUT };
    expect(guard.verdict(off, "candidate")).toMatchObject({
      verdict: "not enough data",
      sentence: "Nothing is judged: `autoCut` is off.",
      signals: [],
    });
  });
});
