import { randomUUID } from "node:crypto";
import type { Log } from "../log.ts";
import { type Cuts, type CutTarget, cutsOf, NO_CUTS } from "../routing/cuts.ts";
import type { CutsCopy } from "./cuts-file.ts";
import { type CutChanged, type CutRecord, type CutsStore, fieldOf, supersedes } from "./cuts-port.ts";
import { lookout } from "./lookout.ts";
import { oneAtATime } from "./one-at-a-time.ts";

export interface LiveCutsOptions {
  readonly store: CutsStore;
  /** On this replica's own disk. */
  readonly copy?: CutsCopy | undefined;
  readonly log: Log;
  /** Milliseconds between two reads when no message comes; 1000 unless told. */
  readonly pollMs?: number;
  /** These are the cuts from now on. */
  onChange?(cuts: Cuts): void;
  /** A version has been cut, and what it has in hand is to end. */
  onAbort?(target: CutTarget): void;
  /** A decision made by another replica is in force here; `lag`: milliseconds since it was written. */
  onPropagation?(lag: number): void;
  /** `epoch()` has risen. */
  onEpoch?(): void;
}

/** What a person or the guard asks for. */
export interface CutOrder extends CutTarget {
  readonly by: string;
  readonly why: string;
}

export type CutResult =
  /** In force here, and in the store for all. `fleeting`: why a restart would lift it. */
  | { readonly kind: "stored"; readonly epoch: number; readonly fleeting?: string | undefined }
  /** In force here, and written as soon as the store takes it. */
  | { readonly kind: "kept here"; readonly why: string };

export type RestoreResult =
  | { readonly kind: "restored"; readonly epoch: number }
  | { readonly kind: "not cut" }
  /** Somebody has cut it once more meanwhile. */
  | { readonly kind: "conflict"; readonly record: CutRecord }
  | { readonly kind: "unavailable"; readonly why: string };

/** The cuts in force here. Nothing but a person's word lifts one: no timer, no restart, no new rules, no store that is gone. */
export interface LiveCuts {
  /** Cheap. */
  cuts(): Cuts;
  /** The last decision about each version, restorations too. Epoch 0: the store has not got it yet. */
  records(): readonly CutRecord[];
  /** Every decision up to this one is in force here. */
  epoch(): number;
  /** How cuts could be lost; undefined: they are here on this replica's disk, or it is not known that they could. */
  fleeting(): string | undefined;
  /** Resolves when the first attempt to read is over, and cuts known from before are in force. Never rejects. */
  readonly started: Promise<void>;
  /** In force here before it returns its promise, whatever the store says. Never rejects. */
  cut(order: CutOrder, inFlight: CutRecord["inFlight"]): Promise<CutResult>;
  /** Takes the store: what others do not hear of is not lifted here. `cut`: only the one with this id. Never rejects. */
  restore(order: CutOrder, cut?: string): Promise<RestoreResult>;
  /** Ends the following, not the store. */
  stop(): Promise<void>;
}

export function followCuts(options: LiveCutsOptions): LiveCuts {
  const { store, copy, log, pollMs = 1000 } = options;
  const serially = oneAtATime();
  const known = new Map<string, CutRecord>();
  /** Cuts made here that the store has not got. */
  const pending = new Map<string, CutRecord>();
  let cuts: Cuts = NO_CUTS;
  let complete = 0;
  let up: boolean | undefined;
  let fleeting: string | undefined;
  let following = false;
  let saved: Promise<void> = Promise.resolve();

  const refresh = (): void => {
    const cut = [...known.values()].filter(({ state }) => state === "cut");
    cuts = cutsOf([...cut, ...pending.values()]);
    options.onChange?.(cuts);
    if (copy !== undefined) saved = copy.save({ records: [...known.values()], pending: [...pending.values()] });
  };
  const tell = ({ state, route, version, rule, modality, by, why, epoch }: CutRecord): void => {
    const what = { route, version, rule, modality, by, why, epoch };
    log.warn(state === "cut" ? "a version is cut" : "a version is restored", what);
  };

  /** @returns whether it is news. */
  const take = (record: CutRecord): boolean => {
    const key = fieldOf(record);
    if (!supersedes(record, known.get(key))) return false;
    known.set(key, record);
    const written = pending.get(key)?.id === record.id;
    if (written) pending.delete(key);
    refresh();
    if (written) return true;
    tell(record);
    if (record.state === "cut" && record.inFlight === "abort") options.onAbort?.(record);
    return true;
  };
  /** Everything up to `epoch` is in force here. */
  const reach = (epoch: number): void => {
    if (epoch <= complete) return;
    complete = epoch;
    options.onEpoch?.();
  };
  /** What was told may not be all that there is: only the one that follows on what is here makes it complete. */
  const follow = (epoch: number, previous: number): void => {
    if (previous <= complete) reach(epoch);
    else watch.soon();
  };

  const write = async (record: CutRecord): Promise<CutChanged> => {
    const { at: _at, epoch: _epoch, ...change } = record;
    const result = await store.change(change, highest());
    if (result.kind === "unavailable") return result;
    const key = fieldOf(record);
    if (pending.get(key)?.id === record.id && result.record.id !== record.id) pending.delete(key);
    // What stood there may be known already, and then nothing else takes the pending one out of the set.
    if (!take(result.record)) refresh();
    if (result.kind === "changed") follow(result.record.epoch, result.previous);
    return result;
  };
  const highest = (): number => Math.max(complete, ...[...known.values()].map(({ epoch }) => epoch));

  const tellStore = (why: string | undefined): void => {
    const isUp = why === undefined;
    if (!isUp && up !== false) log.warn("the store of the cuts is unavailable; those in force stay", { why });
    if (isUp && up === false) log.info("the store of the cuts is back");
    up = isUp;
  };

  const tellFleeting = (why: string | undefined): void => {
    if (why !== undefined && fleeting === undefined) {
      const repair = "let the store keep what it has on its disk, or set store.snapshotFile";
      log.warn("cuts can be lost when the store and all replicas end at once", { why, repair });
    }
    fleeting = why;
  };

  const look = async (): Promise<string | undefined> => {
    const found = await store.read();
    if (found.kind === "unavailable") return found.why;
    tellFleeting(copy === undefined ? found.fleeting : undefined);
    const theirs = new Map(found.records.map((record) => [fieldOf(record), record]));
    for (const record of found.records) {
      const news = take(record);
      if (news && following) options.onPropagation?.(Math.max(0, found.now - record.at));
    }
    const isForeign = new Set(found.foreign.map(fieldOf));
    const lost = [...known.entries()].filter(([key, record]) => !isForeign.has(key) && isNews(record, theirs.get(key)));
    if (lost.length > 0) {
      log.warn("the store has lost cuts or restorations, and gets them back", { versions: lost.length });
      const given = await store.giveBack(lost.map(([, record]) => record));
      if (given.kind === "unavailable") return given.why;
    }
    for (const target of found.foreign) {
      const id = `by hand: ${fieldOf(target)}`;
      hold({ ...target, id, by: "redis", why: "written past the router", inFlight: "finish" });
    }
    reach(found.epoch);
    following = true;
    for (const record of [...pending.values()]) {
      const written = await write(record);
      if (written.kind === "unavailable") return written.why;
    }
    return undefined;
  };
  const lookNow = (): Promise<string | undefined> =>
    serially(async () => {
      try {
        const why = await look();
        if (!watch.stopped) tellStore(why);
        return why;
      } catch (error) {
        log.error("following the cuts failed", { why: String(error) });
        return String(error);
      }
    });
  const watch = lookout(lookNow, pollMs);

  /** In force here from now on, whatever becomes of it in the store. */
  const hold = (order: CutOrder & Pick<CutRecord, "id" | "inFlight">): CutRecord => {
    const record: CutRecord = { ...order, state: "cut", at: Date.now(), epoch: 0 };
    const key = fieldOf(record);
    if (pending.get(key)?.id === record.id) return record;
    pending.set(key, record);
    refresh();
    tell(record);
    if (record.inFlight === "abort") options.onAbort?.(record);
    return record;
  };

  const start = async (): Promise<void> => {
    const kept = await copy?.load();
    for (const record of kept?.records ?? []) take(record);
    for (const record of kept?.pending ?? []) hold(record);
    await watch.soon();
  };
  store.watch({
    told(record, previous, age) {
      const own = pending.get(fieldOf(record))?.id === record.id;
      if (take(record) && !own && age !== undefined) options.onPropagation?.(age);
      follow(record.epoch, previous);
    },
    missed: watch.soon,
  });
  const started = start();

  return {
    cuts: () => cuts,
    records: () => {
      const of = new Map([...known, ...pending]);
      return [...of.values()];
    },
    epoch: () => complete,
    fleeting: () => fleeting,
    started,
    async cut(order, inFlight) {
      const record = hold({ ...order, id: randomUUID(), inFlight });
      const result = await write(record);
      if (result.kind === "unavailable") return { kind: "kept here", why: result.why };
      return {
        kind: "stored",
        epoch: result.record.epoch,
        fleeting: "fleeting" in result && copy === undefined ? result.fleeting : undefined,
      };
    },
    async restore(order, cut) {
      const why = await lookNow();
      if (why !== undefined) return { kind: "unavailable", why };
      const old = known.get(fieldOf(order));
      if (old === undefined || old.state === "restored") return { kind: "not cut" };
      if (cut !== undefined && old.id !== cut) return { kind: "conflict", record: old };
      const at = { at: Date.now(), epoch: 0 };
      const result = await write({
        ...order,
        id: randomUUID(),
        state: "restored",
        undoes: old.id,
        inFlight: "finish",
        ...at,
      });
      switch (result.kind) {
        case "unavailable":
          return result;
        case "conflict":
          return { kind: "conflict", record: result.record };
        default:
          return { kind: "restored", epoch: result.record.epoch };
      }
    },
    async stop() {
      watch.stop();
      await serially(async () => undefined);
      await saved;
    },
  };
}

function isNews(record: CutRecord, theirs: CutRecord | undefined): boolean {
  return theirs === undefined || (theirs.id !== record.id && supersedes(record, theirs));
}
