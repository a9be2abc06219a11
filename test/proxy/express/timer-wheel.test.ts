import { describe, expect, it } from "vitest";
import { type Timed, TimerWheel, UNWATCHED } from "../../../src/proxy/express/timer-wheel.ts";

/** An entry that notes when it rang. */
function bell(now: () => number) {
  const rang: number[] = [];
  const entry: Timed = { deadline: Infinity, tick: UNWATCHED, onDeadline: () => rang.push(now()) };
  return { entry, rang };
}

/** A wheel of 8 slots of 10 ms, and a clock that turns it as it goes. */
function wheelAndClock() {
  let now = 0;
  const wheel = new TimerWheel(10, 0, 8);
  const pass = (ms: number, step = 10): void => {
    for (const end = now + ms; now < end; ) {
      now = Math.min(end, now + step);
      wheel.turn(now);
    }
  };
  return { wheel, pass, now: () => now };
}

describe("the timer wheel", () => {
  it.each([1, 9, 10, 11, 55, 79, 80, 81, 800, 12_345])(
    "rings a deadline of %i ms once, a tick late at the most",
    (ms) => {
      const { wheel, pass, now } = wheelAndClock();
      const { entry, rang } = bell(now);
      wheel.watch(entry, ms);
      pass(20_000);
      expect(rang).toHaveLength(1);
      expect(rang[0]).toBeGreaterThanOrEqual(ms);
      expect(rang[0]).toBeLessThanOrEqual(ms + 20);
      expect(entry.tick).toBe(UNWATCHED);
    },
  );

  it("rings later when the deadline is only assigned anew", () => {
    const { wheel, pass, now } = wheelAndClock();
    const { entry, rang } = bell(now);
    wheel.watch(entry, 30);
    pass(20);
    entry.deadline = 300;
    pass(270);
    expect(rang).toEqual([]);
    pass(30);
    expect(rang).toHaveLength(1);
  });

  it("rings earlier when it is watched anew", () => {
    const { wheel, pass, now } = wheelAndClock();
    const { entry, rang } = bell(now);
    wheel.watch(entry, 500);
    wheel.watch(entry, 20);
    pass(40);
    expect(rang).toHaveLength(1);
    pass(1000);
    expect(rang).toHaveLength(1);
  });

  it("does not ring what has no deadline any more, or was forgotten", () => {
    const { wheel, pass, now } = wheelAndClock();
    const [stopped, forgotten] = [bell(now), bell(now)];
    wheel.watch(stopped.entry, 30);
    wheel.watch(forgotten.entry, 30);
    stopped.entry.deadline = Infinity;
    wheel.forget(forgotten.entry);
    wheel.forget(forgotten.entry);
    pass(1000);
    expect([...stopped.rang, ...forgotten.rang]).toEqual([]);
    expect(stopped.entry.tick).toBe(UNWATCHED);
  });

  it("rings everything that is due when it was not turned for long", () => {
    const { wheel, pass, now } = wheelAndClock();
    const bells = [5, 25, 79, 200, 999].map((ms) => {
      const one = bell(now);
      wheel.watch(one.entry, ms);
      return one;
    });
    const later = bell(now);
    wheel.watch(later.entry, 5000);
    pass(1000, 1000);
    pass(80);
    expect(bells.map(({ rang }) => rang.length)).toEqual([1, 1, 1, 1, 1]);
    expect(later.rang).toEqual([]);
  });

  it("lets an entry watch itself again, and forget another, while it rings", () => {
    const { wheel, pass, now } = wheelAndClock();
    const victim = bell(now);
    let times = 0;
    const entry: Timed = {
      deadline: Infinity,
      tick: UNWATCHED,
      onDeadline: () => {
        wheel.forget(victim.entry);
        if (++times < 3) wheel.watch(entry, now() + 20);
      },
    };
    wheel.watch(entry, 20);
    wheel.watch(victim.entry, 20);
    pass(500);
    expect([times, victim.rang]).toEqual([3, []]);
  });
});
