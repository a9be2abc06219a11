import type { Log } from "../log.ts";
import {
  type PlannedRamp,
  planText,
  pointsNow,
  type RampEvidence,
  type RampPosition,
  type RampPositions,
  rampKey,
  rampsOf,
  stepIn,
  timeInStep,
  waitsFor,
} from "../routing/ramp.ts";
import type { Route } from "../routing/rules.ts";
import type { Journal } from "./journal.ts";
import { lookout } from "./lookout.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { ordered, type RampOrder, type RampRefusal } from "./ramp-orders.ts";
import { type RampChange, type RampRecord, type RampsStore, rampField } from "./ramps-port.ts";

export interface LiveRampsOptions {
  readonly store: RampsStore;
  readonly journal: Pick<Journal, "note">;
  readonly log: Log;
  /** Milliseconds between two looks; 1000 unless told. */
  readonly pollMs?: number;
  /** Milliseconds since 1970; the machine's clock unless told. */
  clock?(): number;
  /** What is in force here and stands in the store; undefined: no ramp begins or goes on. */
  rules(): { readonly routes: readonly Route[]; readonly revision: number } | undefined;
  /** Who has written a revision; undefined: it is not known. */
  authorOf(revision: number): Promise<string | undefined>;
  /** Why a version gets nothing, or less, of what the rule sends; undefined: it is not cut. */
  cutOf(ramp: PlannedRamp): { readonly by: string; readonly why: string } | undefined;
  /** undefined: nobody judges. */
  verdictOf(ramp: PlannedRamp): RampEvidence["verdict"];
  /** Points beyond which whoever wrote a ramp does not order it on alone; undefined: none. */
  readonly above?: number | undefined;
  /** How many requests the version has answered here. */
  answered(route: string, version: string): number;
  /** Ramps give what they give at these positions from now on. */
  onPositions(positions: RampPositions): void;
}

/** A ramp in force and how far it has come. */
export interface RampStanding extends PlannedRamp {
  /** From 0. */
  readonly step: number;
  /** The share now: 0–10000. */
  readonly points: number;
  readonly state: "not started" | "running" | "paused" | "aborted" | "finished";
  /** Who brought it there and why, and when; undefined: it has not started. */
  readonly by?: string | undefined;
  readonly why?: string | undefined;
  readonly at?: number | undefined;
  /** undefined: there is none, or not before somebody resumes the ramp. */
  readonly next?: {
    readonly points: number;
    /** Milliseconds until its time has come; 0: it has. */
    readonly in: number;
    /** Empty: it comes with the next look. */
    readonly waitsFor: readonly string[];
  };
}

export type RampResult =
  | { readonly kind: "done"; readonly standing: RampStanding }
  | RampRefusal
  | { readonly kind: "unknown" }
  | { readonly kind: "unavailable"; readonly why: string };

/** The ramps in force: each replica advances them, and of several the store takes one. */
export interface LiveRamps {
  /** Resolves when the first look is over, and known positions are in force. Never rejects. */
  readonly started: Promise<void>;
  /** The rules, or what is cut, have changed. */
  look(): void;
  standings(): readonly RampStanding[];
  positions(): RampPositions;
  /** Never rejects. */
  order(order: RampOrder): Promise<RampResult>;
  stop(): Promise<void>;
}

/** The version of a ramp that is over. */
const NOBODY = "";

/** How often a change is tried anew because somebody else was faster. */
const ATTEMPTS = 5;

export function followRamps(options: LiveRampsOptions): LiveRamps {
  const { store, journal, log, pollMs = 1000, clock = Date.now } = options;
  const serially = oneAtATime();
  const known = new Map<string, RampRecord>();
  /** What the candidate had answered here when a step was first seen. */
  const seen = new Map<string, { readonly step: string; readonly answered: number }>();
  let positions: RampPositions = new Map();
  /** By how many ms the clock of the store is ahead of ours. */
  let ahead = 0;
  let up: boolean | undefined;

  const now = (): number => clock() + ahead;
  const planned = (): PlannedRamp[] => {
    const rules = options.rules();
    return rules === undefined ? [] : [...rampsOf(rules)];
  };
  const recordOf = ({ route, rule }: PlannedRamp): RampRecord | undefined =>
    known.get(rampField({ route: route.name, rule: rule.name }));

  const evidenceOf = (ramp: PlannedRamp): RampEvidence => {
    const record = recordOf(ramp);
    const field = rampField({ route: ramp.route.name, rule: ramp.rule.name });
    const step = `${record?.version} ${record?.revision} ${record?.step}`;
    const answered = options.answered(ramp.route.name, ramp.version);
    if (seen.get(field)?.step !== step) seen.set(field, { step, answered });
    return { verdict: options.verdictOf(ramp), answered: answered > (seen.get(field)?.answered ?? 0) };
  };

  /** @returns whether it is news. */
  const take = (record: RampRecord): boolean => {
    const field = rampField(record);
    if ((known.get(field)?.number ?? 0) >= record.number) return false;
    known.set(field, record);
    return true;
  };
  const refresh = (): void => {
    positions = new Map([...known.values()].map((one): [string, RampPosition] => [rampKey(one.route, one.rule), one]));
    options.onPositions(positions);
  };

  /** Puts a position into the store; false: somebody else was faster, or it cannot be written. */
  const write = async (change: RampChange, what: string): Promise<boolean> => {
    const number = known.get(rampField(change))?.number ?? 0;
    const result = await store.swap(change, number, number);
    const record = result.kind === "unavailable" ? undefined : result.record;
    if (record !== undefined && take(record)) refresh();
    if (result.kind !== "swapped") return false;
    const { route, rule, version, by, why } = change;
    log.info("a ramp has changed", { what, route, rule, version, by, why });
    await journal.note({ at: result.record.at, by, what, route, version: version || undefined, rule, why });
    return true;
  };

  /** What a ramp needs by itself: to begin, to follow its plan, to stop for a cut, to go on. */
  const settle = async (ramp: PlannedRamp, revision: number): Promise<void> => {
    const { route, rule, version, steps } = ramp;
    const record = recordOf(ramp);
    const plan = JSON.stringify(steps);
    const step = stepIn(ramp, record);
    const points = steps[step]?.points ?? 0;
    const is = { route: route.name, rule: rule.name, version, plan, step, points };
    if (record?.version !== version || record.plan !== plan) {
      // A replica that is behind must not bring an old plan back.
      if (record !== undefined && revision <= record.revision) return;
      const author = (await options.authorOf(revision)) ?? "nobody known";
      const anew = record?.version !== version;
      const stays = !anew && record.points === points;
      await write(
        {
          ...is,
          revision,
          author,
          state: anew ? "running" : record.state,
          spent: stays ? timeInStep(record, now()) : 0,
          ...(stays && record.approvedBy !== undefined ? { approvedBy: record.approvedBy } : {}),
          by: author,
          why: planText(steps),
        },
        anew ? "ramp started" : "ramp changed",
      );
      return;
    }
    if (record.state !== "running" || step === steps.length - 1) return;
    const cut = options.cutOf(ramp);
    if (cut !== undefined) {
      const why = `${version} was cut${cut.why === "" ? "" : `: ${cut.why}`}`;
      const change = { ...record, state: "paused", spent: timeInStep(record, now()), by: cut.by, why } as const;
      await write(change, "ramp paused");
      return;
    }
    const [from, to] = [steps[step], steps[step + 1]];
    const evidence = evidenceOf(ramp);
    if (from === undefined || to === undefined || waitsFor(from, record, now(), evidence).length > 0) return;
    const why = `${from.points / 100} % → ${to.points / 100} %, after ${planText([from])}`;
    const { approvedBy: _, ...rest } = record;
    await write({ ...rest, step: step + 1, points: to.points, spent: 0, by: "ramp", why }, "ramp step");
  };

  /** A ramp that has left the rules is over: put back, it begins anew. */
  const forget = async (record: RampRecord, revision: number): Promise<void> => {
    if (record.version === NOBODY || revision <= record.revision) return;
    const by = (await options.authorOf(revision)) ?? "nobody known";
    const why = "it is not in the rules any more";
    await write({ ...record, version: NOBODY, revision, state: "aborted", by, why }, "ramp ended");
  };

  const read = async (): Promise<string | undefined> => {
    const asked = clock();
    const found = await store.read();
    if (found.kind === "unavailable") return found.why;
    ahead = found.now - (asked + clock()) / 2;
    const theirs = new Map(found.records.map((record) => [rampField(record), record]));
    if (found.records.map(take).includes(true) || up === undefined) refresh();
    for (const [field, record] of known) {
      const number = theirs.get(field)?.number ?? 0;
      if (number >= record.number) continue;
      // The store has lost its data: it gets back what is known here.
      const given = await store.swap(record, number, record.number);
      if (given.kind === "swapped") known.set(field, given.record);
    }
    return undefined;
  };
  const tellStore = (why: string | undefined): void => {
    if (why !== undefined && up !== false) log.warn("the store of the ramps is unavailable; no ramp goes on", { why });
    up = why === undefined;
  };
  const lookOnce = async (): Promise<void> => {
    const why = await read();
    if (watch.stopped) return;
    tellStore(why);
    const rules = options.rules();
    if (why !== undefined || rules === undefined) return;
    const ramps = [...rampsOf(rules)];
    for (const ramp of ramps) await settle(ramp, rules.revision);
    const fields = new Set(ramps.map(({ route, rule }) => rampField({ route: route.name, rule: rule.name })));
    for (const [field, record] of known) if (!fields.has(field)) await forget(record, rules.revision);
  };
  const lookSafely = (): Promise<void> =>
    serially(lookOnce).catch((error) => log.error("following the ramps failed", { why: String(error) }));
  const watch = lookout(lookSafely, pollMs);

  const standingOf = (ramp: PlannedRamp): RampStanding => {
    const record = recordOf(ramp);
    const step = stepIn(ramp, record);
    const points = pointsNow(ramp, record);
    if (record?.version !== ramp.version) return { ...ramp, step, points, state: "not started" };
    const [here, to] = [ramp.steps[step], ramp.steps[step + 1]];
    const state: RampStanding["state"] = to === undefined && record.state !== "aborted" ? "finished" : record.state;
    const { by, why, at } = record;
    const is = { ...ramp, step, points, state, by, why, at };
    if (state !== "running" || here === undefined || to === undefined) return is;
    const left = Math.max(0, (here.for ?? 0) - timeInStep(record, now()));
    return { ...is, next: { points: to.points, in: left, waitsFor: waitsFor(here, record, now(), evidenceOf(ramp)) } };
  };

  const order = async (asked: RampOrder): Promise<RampResult> => {
    for (let attempt = 1; ; attempt++) {
      const why = await read();
      if (why !== undefined) return { kind: "unavailable", why };
      const ramp = planned().find(({ route, rule }) => route.name === asked.route && rule.name === asked.rule);
      if (ramp === undefined) return { kind: "unknown" };
      const record = recordOf(ramp);
      const ruled = ordered(asked, ramp, record, {
        now: now(),
        cut: options.cutOf(ramp) !== undefined,
        above: options.above,
      });
      if (ruled.kind !== "change") return ruled;
      if (await write(ruled.change, ruled.what)) return { kind: "done", standing: standingOf(ramp) };
      if (attempt === ATTEMPTS) return { kind: "unavailable", why: "others change the ramp all the time" };
    }
  };

  store.watch(watch.soon);
  const started = watch.soon();
  return {
    started,
    look: () => void watch.soon(),
    standings: () => planned().map(standingOf),
    positions: () => positions,
    order: (asked) => serially(() => order(asked)),
    async stop() {
      watch.stop();
      await serially(async () => undefined);
    },
  };
}
