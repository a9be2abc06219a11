import type { Log } from "../log.ts";
import { atPositions } from "../routing/at-positions.ts";
import { type Cuts, NO_CUTS } from "../routing/cuts.ts";
import { onlyStable } from "../routing/only-stable.ts";
import { type RampPositions, withRamps } from "../routing/ramp.ts";
import type { Rules } from "../routing/rules.ts";
import { compiling, type Table } from "../routing/table.ts";
import type { FailingTests, ReadRules } from "../rules/read-rules.ts";
import type { RuleError } from "../rules/rule-error.ts";
import { inSlices } from "../slices.ts";
import { lookout } from "./lookout.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { Edit, ReadResult, RulesStore, WriteResult } from "./port.ts";
import type { Snapshot } from "./snapshot.ts";

/** The rules that decide now. A request takes one and keeps it; an edit swaps the reference. */
export interface CurrentRules {
  readonly table: Table;
  readonly cuts: Cuts;
  readonly text: string;
  /** 0: the last resort, with every candidate at zero. */
  readonly revision: number;
  /** Where they were taken from. */
  readonly from: "store" | "snapshot" | "last resort";
}

export type EditResult =
  | Exclude<WriteResult, { kind: "written" }>
  | (Extract<WriteResult, { kind: "written" }> & { readonly warnings?: readonly RuleError[] })
  | { readonly kind: "refused"; readonly errors: readonly RuleError[] };

export interface LiveRulesOptions {
  readonly store: RulesStore;
  /** Never throws, nor rejects. Large documents may be read elsewhere. */
  read(text: string, failing?: FailingTests): ReadRules | Promise<ReadRules>;
  readonly snapshot?: Snapshot | undefined;
  /** Rules for a start with neither store nor snapshot: their routes are served by stable only. */
  readonly lastResort?: string | undefined;
  readonly log: Log;
  /** Milliseconds between two reads when no hint comes; 1000 unless told. */
  readonly pollMs?: number;
  /** Milliseconds of a clock that never goes back. */
  now?(): number;
  /** `lag`: milliseconds from the acceptance of an edit by another replica until it is in force here. */
  onApplied?(revision: number, table: Table, lag: number | undefined): void;
  /** Ramps have changed: the same rules may have other shares now. */
  onShares?(table: Table): void;
  /** The store holds a text that is refused; called once for each such text. */
  onRejected?(errors: readonly RuleError[]): void;
  /** Called when the store comes or goes, and once after the first attempt. */
  onStore?(up: boolean, why?: string): void;
}

/** The life of the table: read, parse, compile, swap one reference. What was good once stays until something good replaces it. */
export interface LiveRules {
  /** undefined: there have been no rules yet. Cheap. */
  current(): CurrentRules | undefined;
  /** Resolves when the first attempt is over, whether it found rules or not. Never rejects. */
  readonly started: Promise<void>;
  /** Milliseconds since the store last confirmed the rules in force; since the start, when it never has. */
  ageMs(): number;
  /** Whether the last attempt reached the store, and if not, why. */
  storeState(): StoreState;
  /** What is wrong with the text that the store holds, when it is refused. */
  refused(): readonly RuleError[] | undefined;
  /** What would be taken, or why it would be refused; changes nothing. */
  read(text: string, failing?: FailingTests): Promise<ReadRules>;
  /** Checks, then writes. Once it says `written` the edit is in force here; other replicas follow by message or poll. */
  edit(edit: Edit, failing?: FailingTests): Promise<EditResult>;
  /** From now on ramps give what they give at these positions. */
  useRamps(positions: RampPositions): void;
  /** From now on these are cut, whatever the rules say and wherever they were taken from. */
  useCuts(cuts: Cuts): void;
  /** Ends the following, not the store. The rules in force stay readable. */
  stop(): Promise<void>;
}

export type StoreState = { readonly up: true } | { readonly up: false; readonly why: string };

/** Rules made ready, at the positions that their ramps had then. */
interface Built {
  readonly rules: Rules;
  readonly ramps: RampPositions;
  readonly table: Table;
}

type Taken = Extract<ReadResult, { kind: "rules" }>;

export function followRules(options: LiveRulesOptions): LiveRules {
  const { store, read, snapshot, log, pollMs = 1000, now = () => performance.now() } = options;
  // Reads and edits take turns, so that what is applied last is what the store said last.
  const serially = oneAtATime();
  let current: CurrentRules | undefined;
  let cuts: Cuts = NO_CUTS;
  /** As they were read, without what ramps give now. */
  let written: Rules | undefined;
  let positions: RampPositions = new Map();
  let confirmedAt = now();
  let state: StoreState | undefined;
  let refused: { readonly text: string; readonly errors: readonly RuleError[] } | undefined;
  let empty = false;
  let saved: Promise<void> = Promise.resolve();

  /** A defect in who reads or listens must not end the following, nor the process. */
  const safely = (what: string, task: () => void): void => {
    try {
      task();
    } catch (error) {
      log.error(what, { why: String(error), servingRevision: current?.revision });
    }
  };

  const build = async (rules: Rules, revision: number): Promise<Built> => {
    const ramps = positions;
    return { rules, ramps, table: await inSlices(compiling(withRamps(rules, ramps), revision)) };
  };
  const apply = (
    { rules, ramps, table: built }: Built,
    found: Pick<CurrentRules, "text" | "from">,
    lag?: number,
  ): void => {
    written = rules;
    // A ramp may have gone on meanwhile.
    const table = ramps === positions ? built : atPositions(built, rules, positions);
    const next = { ...found, cuts, table, revision: table.revision };
    current = next;
    refused = undefined;
    log.info("rules are in force", { revision: next.revision, from: next.from, routes: next.table.routes.length });
    if (next.from === "store") {
      confirmedAt = now();
      if (snapshot !== undefined) saved = snapshot.save(next);
    }
    safely("telling of new rules failed", () => options.onApplied?.(next.revision, next.table, lag));
  };

  const tellStore = (next: StoreState): void => {
    if (state?.up === next.up) {
      state = next;
      return;
    }
    if (!next.up)
      log.warn("the store of the rules is unavailable", { why: next.why, servingRevision: current?.revision });
    else if (state !== undefined) log.info("the store of the rules is back");
    state = next;
    options.onStore?.(next.up, next.up ? undefined : next.why);
  };

  const take = async ({ text, revision, foreign, age }: Taken): Promise<StoreState> => {
    const readAt = now();
    if (!foreign && current?.from === "store" && current.text === text && current.revision === revision) {
      confirmedAt = now();
      refused = undefined;
      return { up: true };
    }
    if (refused?.text === text) return { up: true };
    // Whoever writes past the router has not been told of tests that fail; the router's own edits have been.
    const reading = await read(text, foreign ? "refused" : "told");
    if (reading.kind === "refused") {
      refused = { text, errors: reading.errors };
      log.error("the store holds rules that are refused", {
        servingRevision: current?.revision,
        errors: reading.errors,
      });
      options.onRejected?.(reading.errors);
      return { up: true };
    }
    let given = revision;
    if (foreign) {
      const adopted = await store.adopt(text);
      if (adopted.kind === "unavailable") return { up: false, why: adopted.why };
      if (adopted.kind === "conflict") return { up: true }; // replaced meanwhile: the next read sees by what
      given = adopted.revision;
    }
    const built = await build(reading.rules, given);
    // What was there before this replica followed the store, or has come past the router, has not been waited for.
    const awaited = current?.from === "store" && !foreign && age !== undefined;
    const lag = awaited ? age + now() - readAt : undefined;
    apply(built, { text, from: "store" }, lag);
    return { up: true };
  };

  const check = async (): Promise<void> => {
    const found = await store.read();
    if (watch.stopped) return;
    if (found.kind === "unavailable") return tellStore({ up: false, why: found.why });
    if (found.kind === "empty") {
      if (!empty && current !== undefined) {
        log.error("the rules have vanished from the store; the last good ones stay", { revision: current.revision });
      }
      empty = true;
      return tellStore({ up: true });
    }
    empty = false;
    tellStore(await take(found));
  };

  const checkSafely = async (): Promise<void> => {
    try {
      await serially(check);
    } catch (error) {
      log.error("taking the rules from the store failed", { why: String(error), servingRevision: current?.revision });
    }
  };

  const watch = lookout(checkSafely, pollMs);

  const fallBack = async (text: string, revision: number, from: "snapshot" | "last resort"): Promise<boolean> => {
    const reading = await read(text, from === "snapshot" ? "told" : "refused");
    if (reading.kind === "refused") {
      log.error(`the ${from} of the rules is refused`, { errors: reading.errors });
      return false;
    }
    const rules = from === "snapshot" ? reading.rules : onlyStable(reading.rules);
    log.warn(`the store has no usable rules, the ${from} is used`, { revision });
    apply(await build(rules, revision), { text, from });
    return true;
  };

  const start = async (): Promise<void> => {
    await watch.soon();
    if (current !== undefined || watch.stopped) return;
    const last = await snapshot?.load();
    const useThose = async (): Promise<void> => {
      // Meanwhile a hint may have brought the real ones.
      if (current !== undefined) return;
      if (last !== undefined && (await fallBack(last.text, last.revision, "snapshot"))) return;
      // A store that answers and has nothing is a new one, whose first rules somebody is about to write.
      if (!empty && options.lastResort !== undefined) await fallBack(options.lastResort, 0, "last resort");
    };
    await serially(useThose).catch((error) => {
      log.error("using the rules of another time failed", { why: String(error) });
    });
  };

  store.watch(watch.soon);
  const started = start();

  return {
    current: () => current,
    started,
    ageMs: () => now() - confirmedAt,
    storeState: () => state ?? { up: false, why: "it has not answered yet" },
    refused: () => refused?.errors,
    read: async (text, failing) => read(text, failing),
    async edit(edit, failing) {
      const reading = await read(edit.text, failing);
      if (reading.kind === "refused") return reading;
      // Compiled before it is written: what cannot be built is never stored.
      const built = await build(reading.rules, 0);
      return serially(async () => {
        const result = await store.write(edit);
        if (result.kind !== "written") return result;
        const { revision } = result;
        apply({ ...built, table: { ...built.table, revision } }, { text: edit.text, from: "store" });
        return reading.warnings.length === 0 ? result : { ...result, warnings: reading.warnings };
      });
    },
    useRamps(next) {
      positions = next;
      if (current === undefined || written === undefined) return;
      const table = atPositions(current.table, written, positions);
      current = { ...current, table };
      safely("telling of new shares failed", () => options.onShares?.(table));
    },
    useCuts(next) {
      cuts = next;
      if (current !== undefined) current = { ...current, cuts };
    },
    async stop() {
      watch.stop();
      await serially(async () => undefined);
      await saved;
    },
  };
}
