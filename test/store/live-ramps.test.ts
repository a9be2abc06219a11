import { describe, expect, it, onTestFinished } from "vitest";
import type { RampEvidence } from "../../src/routing/ramp.ts";
import type { RampStep } from "../../src/routing/rules.ts";
import { memoryJournal } from "../../src/store/journal-memory.ts";
import { followRamps, type LiveRamps } from "../../src/store/live-ramps.ts";
import type { RampOrder } from "../../src/store/ramp-orders.ts";
import { memoryRamps } from "../../src/store/ramps-memory.ts";
import type { RampsStore } from "../../src/store/ramps-port.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { everyone, routeWith } from "../kit/rules.ts";
import { until } from "../kit/until.ts";

const MINUTE = 60_000;
const STEPS: readonly RampStep[] = [
  { points: 100, for: 10 * MINUTE },
  { points: 500, for: 30 * MINUTE, until: "good" },
  { points: 2_500, until: "approved" },
  { points: 10_000 },
];

/** Replicas with one store, whose clock goes when it is told to. */
function stage() {
  const world = {
    now: 1_000_000,
    steps: STEPS as readonly RampStep[] | undefined,
    version: "candidate",
    revision: 1,
    author: "ann",
    up: true,
    reads: 0,
    cut: undefined as { by: string; why: string } | undefined,
    verdict: undefined as RampEvidence["verdict"],
    answered: 0,
  };
  const inner = memoryRamps(() => world.now);
  const down = { kind: "unavailable", why: "it is gone" } as const;
  const store: RampsStore = {
    ...inner,
    async read() {
      world.reads++;
      return world.up ? inner.read() : down;
    },
    swap: async (...args) => (world.up ? inner.swap(...args) : down),
  };
  const journal = memoryJournal();
  const lives: LiveRamps[] = [];

  const replica = (own: { store?: RampsStore; revision?: number; steps?: readonly RampStep[] } = {}) => {
    const routes = () => {
      const steps = own.steps ?? world.steps;
      const rule = { ...everyone(["candidate", 0]), ...(steps === undefined ? {} : { ramp: steps }) };
      return [routeWith({ candidates: [{ version: world.version, endpoints: [] }], rules: [rule] })];
    };
    const live = followRamps({
      store: own.store ?? store,
      journal,
      log: memoryLog(),
      pollMs: 60_000,
      clock: () => world.now - 5_000, // what counts is the store's
      rules: () => ({ routes: routes(), revision: own.revision ?? world.revision }),
      authorOf: async () => world.author,
      cutOf: () => world.cut,
      verdictOf: () => world.verdict,
      answered: () => world.answered,
      onPositions: () => undefined,
    });
    lives.push(live);
    onTestFinished(() => live.stop());
    return live;
  };
  /** Every replica has looked, at a clock that has gone on so far, and seen the candidate answer. */
  const pass = async (ms: number, { answers = true } = {}): Promise<void> => {
    world.now += ms;
    if (answers) world.answered++;
    for (const live of lives) {
      const before = world.reads;
      live.look();
      // The second read begins when the first look is over.
      await until("it looks", () => world.reads > before);
      live.look();
      await until("it has looked", () => world.reads > before + 1);
    }
  };
  const at = (live: LiveRamps) => {
    const [standing] = live.standings();
    if (standing === undefined) throw new Error("there is no ramp");
    return standing;
  };
  const order = (live: LiveRamps, what: RampOrder["order"], by = "bob") =>
    live.order({ route: "chat", rule: "everyone", order: what, by, why: "so", nameless: by === "local" });
  const history = async (): Promise<string[]> => {
    const found = await journal.last(50);
    return found.kind === "journal" ? found.entries.map(({ what, by }) => `${what} by ${by}`).reverse() : [];
  };
  return { world, inner, replica, pass, at, order, history };
}

describe("a ramp", () => {
  it("begins with the rules that have it, and goes on when its time has run and the candidate is good", async () => {
    const { world, replica, pass, at, history } = stage();
    const live = replica();
    await live.started;
    expect(at(live)).toMatchObject({ step: 0, points: 100, state: "running", by: "ann", next: { points: 500 } });
    await pass(9 * MINUTE);
    expect(at(live)).toMatchObject({ step: 0, next: { in: MINUTE, waitsFor: ["1 min more"] } });
    await pass(MINUTE);
    expect(at(live)).toMatchObject({ step: 1, points: 500 });
    await pass(31 * MINUTE);
    expect(at(live)).toMatchObject({
      step: 1,
      next: { in: 0, waitsFor: ["the verdict good (it is judged by nobody)"] },
    });
    for (const verdict of ["not enough data", "bad"] as const) {
      world.verdict = verdict;
      await pass(MINUTE);
      expect(at(live).step, verdict).toBe(1);
    }
    world.verdict = "good";
    await pass(0);
    expect(at(live)).toMatchObject({ step: 2, points: 2_500 });
    expect(await history()).toEqual(["ramp started by ann", "ramp step by ramp", "ramp step by ramp"]);
  });

  it("is advanced once, whichever of several replicas is first", async () => {
    const { replica, pass, at, history } = stage();
    const [one, two, three] = [replica(), replica(), replica()];
    await Promise.all([one, two, three].map(({ started }) => started));
    await pass(10 * MINUTE);
    await pass(0);
    expect([one, two, three].map((live) => at(live).step)).toEqual([1, 1, 1]);
    expect(await history()).toEqual(["ramp started by ann", "ramp step by ramp"]);
  });

  it("does not go on while nobody has asked the candidate anything", async () => {
    const { replica, pass, at } = stage();
    const live = replica();
    await live.started;
    await pass(MINUTE, { answers: false });
    await pass(60 * MINUTE, { answers: false });
    expect(at(live)).toMatchObject({ step: 0, next: { waitsFor: ["an answer of the candidate"] } });
    await pass(0);
    expect(at(live).step).toBe(1);
  });

  it("stands still without the store, and is where it was when that returns", async () => {
    const { world, replica, pass, at } = stage();
    const live = replica();
    await live.started;
    world.up = false;
    await pass(20 * MINUTE);
    expect(at(live)).toMatchObject({ step: 0, points: 100 });
    world.up = true;
    await pass(0);
    expect(at(live).step).toBe(1);
  });

  it("is given back to a store that has lost it", async () => {
    const { world, inner, replica, at } = stage();
    const empty = memoryRamps(() => world.now);
    let source = inner;
    const live = replica({ store: { ...inner, read: () => source.read(), swap: (...args) => source.swap(...args) } });
    await live.started;
    source = empty;
    live.look();
    await until("the empty one has it", async () => {
      const found = await empty.read();
      return found.kind === "ramps" && found.records.length === 1;
    });
    expect(await empty.read()).toMatchObject({ records: [{ number: 2, step: 0, by: "ann" }] });
    expect(at(live)).toMatchObject({ step: 0, state: "running" });
  });
});

describe("a cut", () => {
  it("pauses the ramp, which stays so when the cut is lifted", async () => {
    const { world, replica, pass, at, order, history } = stage();
    const live = replica();
    await live.started;
    await pass(5 * MINUTE);
    world.cut = { by: "guard", why: "5 failures in a row" };
    await pass(MINUTE);
    expect(at(live)).toMatchObject({ state: "paused", by: "guard", why: "candidate was cut: 5 failures in a row" });
    expect(await order(live, "resume")).toMatchObject({ kind: "refused", code: "version_cut" });
    expect(await order(live, "skip")).toMatchObject({ kind: "refused", code: "version_cut" });
    world.cut = undefined;
    await pass(60 * MINUTE);
    expect(at(live)).toMatchObject({ state: "paused", step: 0 });
    expect(await order(live, "resume")).toMatchObject({ kind: "done", standing: { state: "running" } });
    await pass(5 * MINUTE);
    expect(at(live).step).toBe(1); // 6 minutes had run before
    expect(await history()).toContain("ramp paused by guard");
  });
});

describe("orders", () => {
  it("pause stops the clock, resume lets it go on", async () => {
    const { replica, pass, at, order } = stage();
    const live = replica();
    await live.started;
    await pass(4 * MINUTE);
    expect(await order(live, "pause")).toMatchObject({ kind: "done", standing: { state: "paused", why: "so" } });
    expect(at(live)).not.toHaveProperty("next");
    await pass(60 * MINUTE);
    expect(at(live).step).toBe(0);
    expect(await order(live, "pause")).toMatchObject({ kind: "refused", code: "not_now" });
    await order(live, "resume");
    expect(at(live)).toMatchObject({ next: { in: 6 * MINUTE } });
    expect(await order(live, "resume")).toMatchObject({ kind: "refused", code: "not_now" });
  });

  it("skip goes to the next step, and not beyond the last", async () => {
    const { replica, at, order } = stage();
    const live = replica();
    await live.started;
    for (const step of [1, 2, 3]) expect(await order(live, "skip")).toMatchObject({ kind: "done", standing: { step } });
    expect(at(live)).toMatchObject({ state: "finished", points: 10_000 });
    for (const what of ["skip", "pause", "approve"] as const) {
      expect(await order(live, what), what).toMatchObject({ kind: "refused", code: "not_now" });
    }
  });

  it("abort takes the share to nothing, and resume begins anew", async () => {
    const { replica, pass, at, order, history } = stage();
    const live = replica();
    await live.started;
    await order(live, "skip");
    expect(await order(live, "abort")).toMatchObject({ kind: "done", standing: { state: "aborted", points: 0 } });
    await pass(60 * MINUTE);
    expect(at(live)).toMatchObject({ state: "aborted", points: 0 });
    for (const what of ["skip", "approve", "pause", "abort"] as const) {
      expect(await order(live, what), what).toMatchObject({ kind: "refused", code: "not_now" });
    }
    expect(await order(live, "resume")).toMatchObject({ kind: "done", standing: { step: 0, points: 100 } });
    expect((await history()).at(-1)).toBe("ramp restarted by bob");
  });

  it("approve is for somebody else than who wrote the ramp, and so is skipping what it is for", async () => {
    const { world, replica, pass, at, order } = stage();
    world.steps = [{ points: 100, until: "approved" }, { points: 200 }];
    const live = replica();
    await live.started;
    for (const what of ["approve", "skip"] as const) {
      const found = await order(live, what, "ann");
      expect(found).toMatchObject({
        kind: "refused",
        code: "second_person_needed",
        message: expect.stringContaining("ann"),
      });
    }
    await pass(60 * MINUTE);
    expect(at(live)).toMatchObject({ step: 0, next: { waitsFor: ["an approval"] } });
    expect(await order(live, "approve", "bob")).toMatchObject({ kind: "done" });
    expect(await order(live, "approve", "eve")).toMatchObject({ kind: "refused", code: "not_now" });
    await pass(0);
    expect(at(live)).toMatchObject({ step: 1, state: "finished" });
  });

  it("approve takes anybody's word where nobody has a name", async () => {
    const { world, replica, order } = stage();
    world.steps = [{ points: 100, until: "approved" }, { points: 200 }];
    world.author = "local";
    const live = replica();
    await live.started;
    expect(await order(live, "approve", "local")).toMatchObject({ kind: "done" });
  });

  it("are for ramps that are there, and need the store", async () => {
    const { world, replica, order } = stage();
    const live = replica();
    await live.started;
    const other = { route: "chat", rule: "none", order: "pause", by: "bob", why: "", nameless: false } as const;
    expect(await live.order(other)).toEqual({ kind: "unknown" });
    world.up = false;
    expect(await order(live, "abort")).toEqual({ kind: "unavailable", why: "it is gone" });
  });
});

describe("an edit of the rules", () => {
  it("keeps the share and the time in the step where the new plan has it", async () => {
    const { world, replica, pass, at } = stage();
    const live = replica();
    await live.started;
    await pass(10 * MINUTE);
    await pass(29 * MINUTE);
    world.steps = [{ points: 50, for: MINUTE }, { points: 500, for: 30 * MINUTE }, { points: 900 }];
    world.revision = 2;
    world.author = "bob";
    await pass(0);
    expect(at(live)).toMatchObject({ step: 1, points: 500, by: "bob", next: { in: MINUTE } });
  });

  it("goes on from the last share below where it has not, with the whole time", async () => {
    const { world, replica, pass, at } = stage();
    const live = replica();
    await live.started;
    await pass(10 * MINUTE);
    world.steps = [{ points: 50, for: MINUTE }, { points: 400, for: 30 * MINUTE }, { points: 900 }];
    world.revision = 2;
    await pass(0);
    expect(at(live)).toMatchObject({ step: 1, points: 400, next: { in: 30 * MINUTE } });
  });

  it("that brings another candidate, or takes the ramp out and puts it back, begins anew", async () => {
    const { world, replica, pass, at, history } = stage();
    const live = replica();
    await live.started;
    await pass(10 * MINUTE);
    world.version = "another";
    world.revision = 2;
    await pass(0);
    expect(at(live)).toMatchObject({ step: 0, points: 100, state: "running" });
    await pass(10 * MINUTE);
    expect(at(live).step).toBe(1);
    world.steps = undefined;
    world.revision = 3;
    await pass(0);
    expect(live.standings()).toEqual([]);
    world.steps = STEPS;
    world.revision = 4;
    await pass(60 * MINUTE);
    expect(at(live)).toMatchObject({ step: 0, points: 100 });
    expect((await history()).filter((one) => one !== "ramp step by ramp")).toEqual([
      "ramp started by ann",
      "ramp started by ann",
      "ramp ended by ann",
      "ramp started by ann",
    ]);
  });

  it("is not undone by a replica that has older rules", async () => {
    const { world, replica, pass, at } = stage();
    const old = replica({ revision: 1, steps: STEPS });
    await old.started;
    world.steps = [{ points: 100, for: MINUTE }, { points: 900 }];
    world.revision = 2;
    const fresh = replica();
    await fresh.started;
    await pass(MINUTE);
    await pass(0);
    expect(at(fresh)).toMatchObject({ step: 1, points: 900 });
    expect(at(old).steps).toEqual(STEPS);
    expect(at(old).points).toBe(500); // the last of its steps that gives no more
  });
});
