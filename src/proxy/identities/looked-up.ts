import { Remembered } from "./remembered.ts";

/** What somebody else knows of each that was asked for, in that order; undefined: there is nothing. */
export type Answers<T> =
  | { readonly kind: "found"; readonly values: readonly (T | undefined)[] }
  | { readonly kind: "unavailable"; readonly why: string };

export type LookUp<T> = (asked: readonly string[]) => Promise<Answers<T>>;

export interface LookedUpContext {
  /** Milliseconds since whenever; nobody sets this clock. */
  readonly now: () => number;
  /** Milliseconds that anybody is waited for. */
  readonly timeoutMs: number;
  /** Called when the look-up begins to fail, with the reason, and when it works again, without. */
  readonly onTrouble: (why: string | undefined) => void;
}

/** An answer that is older is asked for again in the background, in ms. */
const FRESH_MS = 2_000;
/** One that is older than this counts no more, as long as there is somebody to ask, in ms. */
const USABLE_MS = 10_000;
/** While nobody answers, one question is put this often, in ms. */
const PROBE_MS = 1_000;
const MOST_KNOWN = 10_000;
const MOST_UNKNOWN = 5_000;
const MOST_AT_ONCE = 1_000;

interface Entry<T> {
  readonly value: T | undefined;
  readonly askedAt: number;
}

interface Batch {
  readonly keys: string[];
  readonly done: Promise<void>;
}

/**
 * Answers of a slower place, hot in memory. What is asked for in one turn of the event loop is one question there. When
 * that place is gone the last answers count, and nobody waits for it again until it is back. Keys that it does not know have
 * a memory of their own, so that a flood of them displaces no good one.
 */
export class LookedUp<T> {
  private readonly lookUp: LookUp<T>;
  private readonly context: LookedUpContext;
  private readonly known = new Remembered<Entry<T>>(MOST_KNOWN);
  private readonly unknown = new Remembered<Entry<T>>(MOST_UNKNOWN);
  private readonly asked = new Map<string, Promise<void>>();
  private batch: Batch | undefined;
  /** When to try again; undefined: all is well. */
  private probeAt: number | undefined;

  constructor(lookUp: LookUp<T>, context: LookedUpContext) {
    this.lookUp = lookUp;
    this.context = context;
  }

  /** How many keys something is remembered of. */
  get size(): number {
    return this.known.size + this.unknown.size + this.asked.size;
  }

  get(key: string): T | undefined | Promise<void> {
    const now = this.context.now();
    const entry = this.known.get(key) ?? this.unknown.get(key);
    if (this.probeAt !== undefined) {
      if (now >= this.probeAt) {
        this.probeAt = now + PROBE_MS;
        void this.ask(key);
      }
      return entry?.value;
    }
    const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.askedAt;
    if (age <= FRESH_MS) return entry?.value;
    const answered = this.ask(key);
    return age <= USABLE_MS ? entry?.value : answered;
  }

  private ask(key: string): Promise<void> {
    const underway = this.asked.get(key);
    if (underway !== undefined) return underway;
    if (this.batch === undefined || this.batch.keys.length >= MOST_AT_ONCE) this.batch = this.nextBatch();
    this.batch.keys.push(key);
    this.asked.set(key, this.batch.done);
    return this.batch.done;
  }

  private nextBatch(): Batch {
    const keys: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const done = turn.then(async () => {
      if (this.batch?.keys === keys) this.batch = undefined;
      this.take(keys, await this.inTime(this.lookUp(keys)));
    });
    return { keys, done };
  }

  private take(keys: readonly string[], answers: Answers<T>): void {
    const askedAt = this.context.now();
    for (const key of keys) this.asked.delete(key);
    if (answers.kind === "unavailable") {
      if (this.probeAt === undefined) this.context.onTrouble(answers.why);
      this.probeAt = askedAt + PROBE_MS;
      return;
    }
    if (this.probeAt !== undefined) this.context.onTrouble(undefined);
    this.probeAt = undefined;
    for (const [i, key] of keys.entries()) {
      const value = answers.values[i];
      const [right, wrong] = value === undefined ? [this.unknown, this.known] : [this.known, this.unknown];
      wrong.delete(key);
      right.set(key, { value, askedAt });
    }
  }

  private async inTime(answers: Promise<Answers<T>>): Promise<Answers<T>> {
    const { timeoutMs } = this.context;
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise<Answers<T>>((resolve) => {
      clock = setTimeout(resolve, timeoutMs, { kind: "unavailable", why: `it did not answer within ${timeoutMs} ms` });
    });
    const failed = (error: unknown): Answers<T> => ({ kind: "unavailable", why: String(error) });
    return Promise.race([answers.catch(failed), late]).finally(() => clearTimeout(clock));
  }
}
