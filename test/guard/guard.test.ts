import { describe, expect, it } from "vitest";
import { seededDice } from "../../src/demo/dice.ts";
import { type Bad, type Circumstances, Guard } from "../../src/guard/guard.ts";
import { AUTO_CUT, type AutoCut } from "../../src/routing/auto-cut.ts";
import type { Decision, Reason } from "../../src/routing/decision.ts";
import type { Outcome } from "../../src/routing/outcome.ts";
import { everyone, routeWith } from "../kit/rules.ts";

const [images, text] = ["images", "text"].map((name) => ({ ...everyone(["candidate", 500]), name }));
if (images === undefined || text === undefined) throw new Error("two rules");
const route = routeWith({ rules: [images, text] });
const [candidate] = route.candidates;
if (candidate === undefined) throw new Error("one candidate");

/** Of the route that `guardWith` has set up last. */
function decision(ofCandidate: boolean, rule = text, reason: Reason = ofCandidate ? "share" : "rest"): Decision {
  return ofCandidate
    ? { route: judged, rule, version: candidate ?? route.stable, track: "candidate", reason }
    : { route: judged, rule, version: route.stable, track: "stable", reason };
}

let judged = route;

const good: Outcome = { status: 200, failure: undefined, firstByte: 20, duration: 100, overhead: 0 };
const failed: Outcome = { ...good, status: 500, failure: "http_5xx" };

function guardWith(settings: Partial<AutoCut> = {}): { guard: Guard; bad: Bad[] } {
  const bad: Bad[] = [];
  judged = { ...route, autoCut: { ...AUTO_CUT, ...settings } };
  return { guard: new Guard((found) => bad.push(found)), bad };
}

const ABOUT: Circumstances = { modality: "text", caller: undefined };

/** Requests at a share of 5 %, each answered as `answer` says, until the guard has found something. */
function run(
  guards: readonly Guard[],
  most: number,
  answer: (ofCandidate: boolean, i: number, roll: () => number) => Outcome,
  until: readonly Bad[],
  rule = text,
  about = ABOUT,
): number {
  const dice = seededDice(3);
  let candidates = 0;
  for (let i = 0; i < most && until.length === 0; i++) {
    const ofCandidate = dice.roll() < 0.05;
    if (ofCandidate) candidates++;
    guards[i % guards.length]?.onOutcome(decision(ofCandidate, rule), about, answer(ofCandidate, i, dice.roll));
  }
  return candidates;
}

describe("the guard", () => {
  it("finds a dead candidate bad within a handful of its requests, once, and says why", () => {
    const { guard, bad } = guardWith();
    expect(run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), bad)).toBeLessThan(9);
    for (let i = 0; i < 100; i++) guard.onOutcome(decision(true), ABOUT, failed);
    expect(bad).toHaveLength(1);
    expect(bad[0]).toEqual({ route: "chat", version: "candidate", why: bad[0]?.why, observeOnly: false });
    expect(bad[0]?.why).toMatch(/^The candidate failed \d requests in a row, while stable failed 0/);
  });

  it("finds a candidate bad that fails every tenth request", () => {
    const { guard, bad } = guardWith();
    const part = (ofCandidate: boolean, _: number, roll: () => number) =>
      roll() < (ofCandidate ? 0.1 : 0.01) ? failed : good;
    expect(run([guard], 20_000, part, bad)).toBeLessThan(250);
    expect(bad[0]?.why).toMatch(/% of the candidate's \d+ failed, .* times stable's with 99\.9 % confidence\.$/);
  });

  it("leaves a candidate alone that fails as stable does, or as nobody's fault", () => {
    const { guard, bad } = guardWith();
    run([guard], 20_000, (_, __, roll) => (roll() < 0.1 ? failed : good), bad);
    run([guard], 5000, (ofCandidate) => (ofCandidate ? { ...good, status: 400 } : good), bad);
    run([guard], 5000, (ofCandidate) => (ofCandidate ? { ...failed, status: 499 } : good), bad);
    expect(bad).toEqual([]);
  });

  it("counts 503 as overload and not as a failure", () => {
    const busy: Outcome = { ...failed, status: 503 };
    const { guard, bad } = guardWith();
    run([guard], 20_000, (ofCandidate) => (ofCandidate ? busy : good), bad);
    expect(bad[0]?.why).toContain("were turned away (429, 503)");
    const deaf = guardWith({ overload: undefined });
    run([deaf.guard], 20_000, (ofCandidate) => (ofCandidate ? busy : good), deaf.bad);
    expect(deaf.bad).toEqual([]);
  });

  it("finds a slow candidate bad where slowness is judged", () => {
    const slow = (ofCandidate: boolean, _: number, roll: () => number) => ({
      ...good,
      firstByte: (ofCandidate ? 40 : 20) * (1 + roll()),
    });
    const { guard, bad } = guardWith({ firstByte: 2 });
    run([guard], 40_000, slow, bad);
    expect(bad[0]?.why).toContain("began later than 95 % of stable's do");
    const deaf = guardWith();
    run([deaf.guard], 40_000, slow, deaf.bad);
    expect(deaf.bad).toEqual([]);
  });

  it("listens to feedback where it is judged", () => {
    const { guard, bad } = guardWith({ feedback: 1.5 });
    for (let i = 0; i < 20_000 && bad.length === 0; i++) guard.onFeedback(decision(i % 20 === 0), ABOUT, i % 40 !== 0);
    expect(bad[0]?.why).toContain("were not liked");
  });

  it("finds one rule's requests bad and leaves the others, when these are known to do well", () => {
    const { guard, bad } = guardWith();
    run([guard], 2000, () => good, bad);
    run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), bad, images);
    expect(bad).toMatchObject([{ rule: "images" }]);
  });

  it("finds one modality bad under the rules that others share, and goes on judging the others", () => {
    const { guard, bad } = guardWith();
    const pictures: Circumstances = { modality: "image", caller: undefined };
    run([guard], 300, () => good, bad);
    run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), bad, text, pictures);
    expect(bad).toEqual([
      { route: "chat", version: "candidate", modality: "image", why: bad[0]?.why, observeOnly: false },
    ]);
    run([guard], 5000, () => good, []);
    expect(bad).toHaveLength(1);
    const worse: Bad[] = [];
    run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), worse);
    expect(bad.slice(1)).toEqual([{ route: "chat", version: "candidate", why: bad[1]?.why, observeOnly: false }]);
  });

  it("does not cut for what fails for one customer alone", () => {
    const { guard, bad } = guardWith();
    const dice = seededDice(5);
    for (let i = 0; i < 20_000; i++) {
      const caller = Math.floor(dice.roll() * 10_000);
      guard.onOutcome(decision(caller < 500), { modality: "text", caller }, good);
      if (i % 50 === 0) guard.onOutcome(decision(true), { modality: "text", caller: 77 }, failed);
    }
    expect(bad).toEqual([]);
    const [judgement] = guard.opinion(judged, "candidate").judgements;
    expect(judgement?.sentence).toContain("nearly all of that happened to one caller");
  });

  it("counts a failure that stable made good against the candidate, and what stable did then for the breaker only", () => {
    const { guard, bad } = guardWith();
    run([guard], 400, () => good, bad);
    const stableTrials = () => guard.opinion(judged, "candidate").judgements[0]?.stable.requests ?? 0;
    const before = stableTrials();
    for (let i = 0; i < 20; i++) guard.onOutcome(decision(false, text, "fallback"), ABOUT, good);
    expect(stableTrials()).toBe(before);
    for (let i = 0; i < 100; i++) {
      if (i % 20 !== 0) guard.onOutcome(decision(false), ABOUT, good);
      else {
        guard.onFailed(decision(true), ABOUT, "connect_refused");
        guard.onOutcome(decision(false, text, "fallback"), ABOUT, good);
      }
    }
    expect(bad).toHaveLength(1);
    const both = guardWith();
    run([both.guard], 400, () => good, both.bad);
    for (let i = 0; i < 200; i++) {
      both.guard.onFailed(decision(true), ABOUT, "reset");
      both.guard.onOutcome(decision(false, text, "fallback"), ABOUT, failed);
    }
    expect(both.bad).toEqual([]);
  });

  it("does not compare those who asked for a version", () => {
    const { guard, bad } = guardWith();
    for (let i = 0; i < 2000; i++) guard.onOutcome(decision(true, text, "override"), ABOUT, failed);
    expect(bad).toEqual([]);
    expect([...guard.tallies(judged, "candidate")]).toEqual([]);
  });

  it("decides with other replicas as fast as one that sees everything", () => {
    const part = (ofCandidate: boolean, _: number, roll: () => number) =>
      roll() < (ofCandidate ? 0.1 : 0.01) ? failed : good;
    const bad: Bad[] = [];
    const replicas = Array.from({ length: 5 }, () => {
      return new Guard((found) => bad.push(found));
    });
    const [first, ...others] = replicas;
    const share = () => {
      for (const signal of ["failures", "overload"] as const) {
        const sums = others.flatMap((one) =>
          [...one.tallies(judged, "candidate")].filter((tally) => tally.signal === signal),
        );
        const sum =
          sums[0] === undefined
            ? []
            : Array.from(sums[0].sums, (_, i) => sums.reduce((all, one) => all + (one.sums[i] ?? 0), 0));
        if (sums[0] !== undefined) first?.hear(judged, "candidate", sums[0], sum);
      }
    };
    const apart = run(
      replicas,
      40_000,
      (ofCandidate, i, roll) => {
        if (i % 200 === 199) share();
        return part(ofCandidate, i, roll);
      },
      bad,
    );
    const { guard, bad: badOfOne } = guardWith();
    const alone = run([guard], 40_000, part, badOfOne);
    expect(apart).toBeLessThan(alone * 2);
  });

  it("tells what it thinks, and begins anew after a restore", () => {
    const { guard, bad } = guardWith({ observeOnly: true });
    run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), bad);
    expect(bad).toMatchObject([{ observeOnly: true }]);
    expect(guard.opinion(judged, "candidate").judgements.map(({ signal }) => signal)).toEqual(["failures", "overload"]);
    guard.forget("chat", "candidate");
    expect(guard.opinion(judged, "candidate").judgements[0]?.sentence).toContain("has had no requests yet");
    run([guard], 5000, (ofCandidate) => (ofCandidate ? failed : good), []);
    expect(bad).toHaveLength(2);
  });
});
